import CBPF

/// One slot's part of a hash map of the policy image. The slot is a field of the key; here it is always zero.
struct Entries<Key: BitwiseCopyable & Sendable, Value: BitwiseCopyable & Sendable>: Sendable, Equatable {
    /// Raw bytes: the contract's structs have no hidden padding.
    private(set) var bytes: [[UInt8]: [UInt8]] = [:]
    private let slotOffset: Int
    private let slotSize: Int

    /// - Parameters:
    ///   - slotOffset: of the slot's field in the key, in bytes.
    ///   - slotSize: 2 or 4 bytes.
    init(slotOffset: Int, slotSize: Int) {
        self.slotOffset = slotOffset
        self.slotSize = slotSize
    }

    var count: Int { bytes.count }

    subscript(key: Key) -> Value? {
        get { bytes[Self.raw(key)].map { $0.withUnsafeBytes { $0.loadUnaligned(as: Value.self) } } }
        set { bytes[Self.raw(key)] = newValue.map(Self.raw) }
    }

    /// All entries, for those who read an image.
    func forEach(_ body: (Key, Value) -> Void) {
        for (key, value) in bytes {
            body(
                key.withUnsafeBytes { $0.loadUnaligned(as: Key.self) },
                value.withUnsafeBytes { $0.loadUnaligned(as: Value.self) })
        }
    }

    /// Puts these entries in the place of all the slot has.
    func write(to map: BPFMap, slot: Int) throws(KernelError) {
        var stale: [[UInt8]] = []
        try visit(map, slot: slot) { key, _ in
            var bare = key
            bare.replaceSubrange(slotOffset..<slotOffset + slotSize, with: repeatElement(0, count: slotSize))
            if bytes[bare] == nil { stale.append(key) }
        }
        for key in stale { try map.remove(keyBytes: key) }
        for (key, value) in bytes {
            var full = key
            full.replaceSubrange(slotOffset..<slotOffset + slotSize, with: slotBytes(slot))
            try map.set(keyBytes: full, valueBytes: value)
        }
    }

    mutating func read(from map: BPFMap, slot: Int) throws(KernelError) {
        var found: [[UInt8]: [UInt8]] = [:]
        try visit(map, slot: slot) { key, value in
            var bare = key
            bare.replaceSubrange(slotOffset..<slotOffset + slotSize, with: repeatElement(0, count: slotSize))
            found[bare] = Array(value)
        }
        bytes = found
    }

    private func visit(
        _ map: BPFMap, slot: Int, _ body: ([UInt8], ArraySlice<UInt8>) -> Void
    ) throws(KernelError) {
        let (keys, values) = try map.all()
        let wanted = slotBytes(slot)
        for place in 0..<keys.count / map.keySize {
            let key = keys[place * map.keySize..<(place + 1) * map.keySize]
            let field = key[key.startIndex + slotOffset..<key.startIndex + slotOffset + slotSize]
            if field.elementsEqual(wanted) {
                body(Array(key), values[place * map.valueSize..<(place + 1) * map.valueSize])
            }
        }
    }

    private func slotBytes(_ slot: Int) -> [UInt8] {
        [UInt8(slot)] + [UInt8](repeating: 0, count: slotSize - 1)
    }

    private static func raw<T: BitwiseCopyable>(_ value: T) -> [UInt8] { withUnsafeBytes(of: value) { Array($0) } }
}
