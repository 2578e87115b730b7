import CBPF

/// One slot's part of a hash map of the policy image: numbers by keys. The slot is a field of the key; here it is
/// always zero.
struct Entries<Key: BitwiseCopyable & Sendable, Value: FixedWidthInteger & BitwiseCopyable & Sendable>: Sendable,
    Equatable
{
    private var values: [RawKey: Value] = [:]
    private let slotOffset: Int

    /// A key's bytes, zeros behind: the contract's structs have no hidden padding, and none of its keys is longer.
    private typealias RawKey = SIMD4<UInt64>

    /// - Parameter slotOffset: of the slot's field in the key, in bytes.
    init(slotOffset: Int) { self.slotOffset = slotOffset }

    var count: Int { values.count }

    subscript(key: Key) -> Value? {
        get { values[Self.raw(key)] }
        set { values[Self.raw(key)] = newValue }
    }

    /// All entries, for those who read an image.
    func forEach(_ body: (Key, Value) -> Void) {
        for (key, value) in values { body(withUnsafeBytes(of: key) { $0.load(as: Key.self) }, value) }
    }

    /// Puts these entries in the place of all the slot has, and leaves alone those that are the same.
    func write(to map: BPFMap, slot: Int) throws(KernelError) {
        var former = self
        try former.read(from: map, slot: slot)
        for key in former.values.keys where values[key] == nil { try map.remove(self.key(key, in: slot)) }
        for (key, value) in values where former.values[key] != value { try map.set(self.key(key, in: slot), value) }
    }

    mutating func read(from map: BPFMap, slot: Int) throws(KernelError) {
        let (keys, numbers) = try map.all()
        values = [:]
        keys.withUnsafeBytes { keys in
            numbers.withUnsafeBytes { numbers in
                for (place, number) in numbers.bindMemory(to: Value.self).enumerated() {
                    let bytes = keys[place * map.keySize..<(place + 1) * map.keySize]
                    guard bytes[bytes.startIndex + slotOffset] == slot else { continue }
                    var key = RawKey()
                    withUnsafeMutableBytes(of: &key) { $0.copyBytes(from: bytes) }
                    values[self.key(key, in: 0)] = number
                }
            }
        }
    }

    private func key(_ key: RawKey, in slot: Int) -> RawKey {
        var key = key
        withUnsafeMutableBytes(of: &key) { $0[slotOffset] = UInt8(slot) }
        return key
    }

    private static func raw(_ key: Key) -> RawKey {
        var raw = RawKey()
        withUnsafeMutableBytes(of: &raw) { raw in withUnsafeBytes(of: key) { raw.copyBytes(from: $0) } }
        return raw
    }
}
