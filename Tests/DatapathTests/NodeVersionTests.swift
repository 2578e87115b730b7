import Glibc
import Plan
import Policy
import Testing

@testable import Datapath
@testable import PacketLab

@Suite("a node that another version carries", .enabled(if: mayMakeNamespaces))
struct NodeVersionTests {
    @Test("is left to it, and the user is told where its pins are")
    func otherVersion() async {
        await #expect(processExitsWith: .success) {
            let node = try PacketNode()
            let pins = "\(PinFolder.root)/v0/\(PacketNode.name)"
            mkdir("\(PinFolder.root)/v0", 0o700)
            mkdir(pins, 0o700)
            defer {
                rmdir(pins)
                rmdir("\(PinFolder.root)/v0")
            }
            let error = #expect(throws: ApplyError.self) { try node.kernel.changes(to: DesiredState(node.policy)) }
            #expect(error?.description.contains(pins) == true)
            #expect(error?.remedy?.contains("unload") == true)
        }
    }
}
