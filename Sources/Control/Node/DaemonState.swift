/// Whether a daemon looks after a node.
package enum DaemonState: String, Encodable, Sendable {
    case running, stopped, unresponsive

    package init(node: String) async {
        do {
            // An answer of whatever kind is a sign of life.
            _ = try await ControlClient.send(.status, to: RunFolder.socket(node), timeout: .seconds(2))
            self = .running
        } catch ControlSocketError.notRunning {
            self = .stopped
        } catch {
            self = .unresponsive
        }
    }

    var text: String {
        switch self {
        case .running: "running"
        case .stopped: "not running: traffic flows, but nothing is put right or measured"
        case .unresponsive: "does not answer; see its log"
        }
    }
}
