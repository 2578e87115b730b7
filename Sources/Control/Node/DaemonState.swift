/// Whether a daemon looks after a node, and what it says.
package struct DaemonState: Encodable, Sendable, Equatable {
    package enum Activity: String, Encodable, Sendable { case running, stopped, unresponsive }

    package var activity: Activity
    /// nil unless it is running.
    package var pid: Int32?
    /// Why it cannot keep the kernel as the policy wants it; nil: it can.
    package var trouble: String?
    /// nil: it watches none.
    package var market: MarketFacts?

    package init(activity: Activity, pid: Int32? = nil, trouble: String? = nil, market: MarketFacts? = nil) {
        self.activity = activity
        self.pid = pid
        self.trouble = trouble
        self.market = market
    }

    /// Asks.
    package init(node: String) async {
        do {
            let answer = try await ControlClient.send(.status, to: RunFolder.socket(node), timeout: .seconds(2))
            let status = try answer.result(as: DaemonStatus.self)
            self.init(activity: .running, pid: status.pid, trouble: status.trouble, market: status.market)
        } catch ControlSocketError.notRunning {
            self.init(activity: .stopped)
        } catch {
            self.init(activity: .unresponsive, trouble: Failure(error).message)
        }
    }

    var text: String {
        let text =
            switch activity {
            case .running: "running" + (pid.map { ", pid \($0)" } ?? "")
            case .stopped: "not running: packets flow, but nothing is put right or measured"
            case .unresponsive: "does not answer"
            }
        return text + (trouble.map { ": \($0)" } ?? "")
    }
}
