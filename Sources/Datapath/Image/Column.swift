import CBPF

/// One slot's part of an array map of the policy image: consecutive values, written and read as a whole.
struct Column<Value: BitwiseCopyable & Sendable>: Sendable {
    var values: [Value]

    init(repeating value: Value, count: Int) { values = [Value](repeating: value, count: count) }

    subscript(index: Int) -> Value {
        get { values[index] }
        set { values[index] = newValue }
    }

    /// - Parameter perSlot: map entries of a slot; nil: as many as there are values.
    func write(to map: BPFMap, slot: Int, perSlot: Int? = nil) throws(KernelError) {
        let count = entries(of: map), first = slot * (perSlot ?? count)
        let result: Result<Void, KernelError> = values.withUnsafeBytes { bytes in
            do throws(KernelError) {
                return .success(try map.setRange(first: first, count: count, bytes: bytes))
            } catch {
                return .failure(error)
            }
        }
        try result.get()
    }

    mutating func read(from map: BPFMap, slot: Int, perSlot: Int? = nil) throws(KernelError) {
        let count = entries(of: map), first = slot * (perSlot ?? count)
        let bytes = try map.range(first: first, count: count)
        values.withUnsafeMutableBytes { $0.copyBytes(from: bytes) }
    }

    private func entries(of map: BPFMap) -> Int {
        values.count * MemoryLayout<Value>.stride / map.valueSize
    }
}

extension Column: Equatable {
    /// By bytes: the contract has no hidden padding.
    static func == (left: Column, right: Column) -> Bool {
        left.values.withUnsafeBytes { left in right.values.withUnsafeBytes { left.elementsEqual($0) } }
    }
}
