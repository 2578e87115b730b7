import CBPF
import Glibc

/// What the kernel refused.
struct KernelRefusal: Error, CustomStringConvertible {
    let operation: String
    let code: Int32
    var description: String { "\(operation): \(String(cString: strerror(code)))" }
}

/// The result of a system call that gives a descriptor or 0, or throws what `errno` says.
@discardableResult
func succeed(_ operation: String, _ result: Int32) throws -> Int32 {
    guard result >= 0 else { throw KernelRefusal(operation: operation, code: errno) }
    return result
}

/// The index of an interface of this network namespace.
func interfaceIndex(_ name: String) throws -> UInt32 {
    let index = if_nametoindex(name)
    guard index != 0 else { throw KernelRefusal(operation: "interface \(name)", code: errno) }
    return index
}

/// One instruction of eBPF: opcode, registers, offset, immediate (RFC 9669, section 3.1).
struct Instruction {
    let word: UInt64

    init(_ opcode: UInt8, to: UInt64 = 0, from: UInt64 = 0, offset: Int16 = 0, _ immediate: Int32 = 0) {
        let registers = from << 4 | to
        word =
            UInt64(opcode) | registers << 8 | UInt64(UInt16(bitPattern: offset)) << 16
            | UInt64(UInt32(bitPattern: immediate)) << 32
    }

    static func set(_ register: UInt64, _ value: Int32) -> Instruction { Instruction(0xb7, to: register, value) }
    static func copy(_ register: UInt64, from: UInt64) -> Instruction { Instruction(0xbf, to: register, from: from) }
    static func add(_ register: UInt64, _ value: Int32) -> Instruction { Instruction(0x07, to: register, value) }
    static func call(_ helper: Int32) -> Instruction { Instruction(0x85, helper) }
    static let exit = Instruction(0x95)
    static func load32(_ register: UInt64, from pointer: UInt64, _ offset: Int16) -> Instruction {
        Instruction(0x61, to: register, from: pointer, offset: offset)
    }
    static func store64(_ register: UInt64, to pointer: UInt64, _ offset: Int16) -> Instruction {
        Instruction(0x7b, to: pointer, from: register, offset: offset)
    }
    /// Passes over so many instructions.
    static func skip(_ count: Int16, if register: UInt64, isNot value: Int32) -> Instruction {
        Instruction(0x55, to: register, offset: count, value)
    }
    static func skip(_ count: Int16, if register: UInt64, isAbove other: UInt64) -> Instruction {
        Instruction(0x2d, to: register, from: other, offset: count)
    }

    /// The address of a map, in two halves.
    static func map(_ register: UInt64, _ descriptor: Int32) -> [Instruction] {
        [Instruction(0x18, to: register, from: 1, descriptor), Instruction(0)]
    }
}

/// A few instructions loaded into the kernel.
///
/// The lab's own programs are so small that they need no compiler; they stay as long as this process.
func load(_ type: bpf_prog_type, _ instructions: [Instruction]) throws -> Int32 {
    let words = instructions.map(\.word)
    return try words.withUnsafeBytes { bytes in
        try succeed(
            "load a program",
            bpf_prog_load(
                type, "lab", "GPL", bytes.baseAddress?.assumingMemoryBound(to: bpf_insn.self), words.count, nil))
    }
}
