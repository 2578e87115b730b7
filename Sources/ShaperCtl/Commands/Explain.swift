import ArgumentParser
import Control
import Plan

struct Explain: ParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Show what becomes of a flow, and why: rule, class, quota and way.",
        discussion: """
            A flow is a protocol, its two ends and, if need be, dscp NAME, payload HEX or fragment:

              'udp 10.0.0.1:4000 > 10.0.0.2:7001'
              'tcp [fd00::1]:4000 > [fd00::2]:443 dscp EF'
              'icmp 10.0.0.1 > 10.0.0.2'
              arp
            """)

    @Argument(help: "The flow, in quotes.", transform: { try FlowKey(parsing: $0) })
    var flow: FlowKey
    @Option(help: "The slice it is in.")
    var slice: String
    @Option(help: ArgumentHelp("Ask this policy instead of a node: no root, and no way.", valueName: "file"))
    var policy: String?
    @OptionGroup var which: NodeOptions
    @OptionGroup var output: OutputOptions

    func run() throws {
        guard let policy else {
            try requireRoot()
            try output.show(try which.find().explain(flow, slice: slice))
            return
        }
        let checked = try CheckedPolicy(PolicyFile(reading: policy))
        try output.show(
            try Explanation(flow, slice: slice, policy: checked.policy, text: checked.file.text, destination: nil))
    }
}
