import CBPF
import Foundation
import Testing

@testable import Datapath
@testable import PacketLab

/// How much work the verifier has with each program, by the compilers people have. It gives up at a million
/// instructions, and a change that multiplies them is noticed here, not on somebody's older kernel.
@Suite("the verifier", .enabled(if: mayMakeNamespaces))
struct ProgramBudgetTests {
    /// Instructions it may look at: what was needed, and a third more.
    private static let budgets: [String: UInt32] = [
        "port_ingress": 80_000, "port_express": 21_000, "fabric_ingress": 14_000, "underlay_ingress": 20_000,
        "underlay_guard": 400, "underlay_egress": 100, "tree_class": 20,
    ]

    @Test("has not more work with any program than it may have", arguments: ["toolchain's clang", "system's clang"])
    func budgets(compiler: String) throws {
        let folder = FileManager.default.temporaryDirectory.appending(path: "shaper-budget-\(UUID().uuidString)")
        let pins = PinFolder(node: "vb\(getpid())\(compiler.prefix(1))")
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        try pins.create()
        defer {
            try? FileManager.default.removeItem(at: folder)
            pins.remove()
        }
        let clang = compiler == "system's clang" ? "/usr/bin/clang" : "-"
        try run("\(Self.root)/bpf/compile '\(folder.path)' \(clang) \(Self.root)/bpf/*.bpf.c")
        for program in Program.allCases {
            let object = try Data(contentsOf: folder.appending(path: "\(program.rawValue).o"))
            let loaded = try OpenObject(name: program.rawValue, image: object).load(mapsPinnedIn: pins.maps)
            var info = bpf_prog_info()
            var length = UInt32(MemoryLayout<bpf_prog_info>.size)
            #expect(bpf_obj_get_info_by_fd(loaded.raw, &info, &length) == 0)
            let budget = try #require(Self.budgets[program.rawValue])
            #expect(info.verified_insns <= budget, "\(program.rawValue), \(compiler)")
        }
    }

    private static let root = URL(filePath: #filePath).appending(path: "../../..").standardized.path
}
