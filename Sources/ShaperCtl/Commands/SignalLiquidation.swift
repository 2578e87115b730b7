import ArgumentParser
import Control
import Plan
import Policy
import Signals

struct SignalLiquidation: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "liquidation", abstract: "Put a flow into the first class for a while.",
        discussion: """
            Both directions of the flow go first, as far as they enter the fabric on this node: on the other end's node \
            say it too. When the flows that are signalled send more than the class may, those of the highest notional go \
            first, and the others travel by the rules until there is room. Said again, the later word holds.

            For root, and for members of the policy's signals.group.
            """)

    @Option(help: "The slice it is in.")
    var slice: String
    @Option(
        help: "The flow, in quotes: 'udp 10.0.0.1:4000 > 10.0.0.2:7001'.",
        transform: { text in
            do throws(SignalRefusal) { return try Signal.flow(text) } catch { throw ValidationError(error.message) }
        })
    var flow: FlowKey.IP
    @Option(
        parsing: .unconditional,
        help: ArgumentHelp("What it is worth: a number above 0, in what everybody who signals counts in."))
    var notional: Double
    @Option(help: "For how long: 2s, 500ms.", transform: { try Duration(parsing: $0) })
    var ttl: Duration
    @OptionGroup var which: NodeOptions

    func validate() throws {
        do throws(SignalRefusal) {
            _ = try Signal.checked(notional: notional)
        } catch { throw ValidationError(error.message) }
        guard ttl > .zero else { throw ValidationError("The ttl is not above 0.") }
    }

    func run() throws {
        let signal = Signal(slice: slice, flow: flow, notional: notional, ttl: ttl)
        let (waits, threshold) = try which.find().signal(signal)
        let flow = FlowKey(ip: flow).description
        print(
            waits
                ? "\(flow) waits: flows worth less than \(threshold) do, until there is room"
                : "\(flow) goes first for \(ttl.unitText)")
    }
}
