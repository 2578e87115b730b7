import CBPF
import Glibc

/// One slot's part of an array map of the policy image: consecutive values, written and read as a whole.
struct Column<Value: BitwiseCopyable & Sendable>: Sendable {
    var values: [Value]

    init(repeating value: Value, count: Int) { values = [Value](repeating: value, count: count) }

    subscript(index: Int) -> Value {
        get { values[index] }
        set { values[index] = newValue }
    }

    /// - Parameter perSlot: values of a slot; nil: as many as there are here.
    func write(to map: BPFMap, slot: Int, perSlot: Int? = nil) throws(KernelError) {
        let start = place(of: slot, perSlot)
        try map.withMemory { memory in
            values.withUnsafeBytes { UnsafeMutableRawBufferPointer(rebasing: memory[start...]).copyMemory(from: $0) }
        }
    }

    mutating func read(from map: BPFMap, slot: Int, perSlot: Int? = nil) throws(KernelError) {
        let start = place(of: slot, perSlot)
        try map.withMemory { memory in
            values.withUnsafeMutableBytes { values in
                values.copyMemory(from: UnsafeRawBufferPointer(rebasing: memory[start..<start + values.count]))
            }
        }
    }

    private func place(of slot: Int, _ perSlot: Int?) -> Int {
        slot * (perSlot ?? values.count) * MemoryLayout<Value>.stride
    }
}

extension Column: Equatable {
    /// By bytes: the contract has no hidden padding.
    static func == (left: Column, right: Column) -> Bool {
        left.values.withUnsafeBytes { left in
            right.values.withUnsafeBytes { right in
                left.count == right.count
                    && (left.isEmpty || memcmp(left.baseAddress!, right.baseAddress!, left.count) == 0)
            }
        }
    }
}
