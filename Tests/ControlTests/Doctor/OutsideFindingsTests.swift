import Foundation
import PolicySamples
import Testing

@testable import Control
@testable import Policy

@Suite("doctor on groups, folders and files")
struct OutsideFindingsTests {
    private func policy(group: String? = nil, _ sources: Volatility.Feed.Source...) -> Policy {
        var policy = Build.example
        policy.signals = Signals(group: group, longest: .seconds(30))
        policy.volatility = Volatility(
            feeds: sources.map {
                Volatility.Feed(name: "desk", format: .ndjson, source: $0, symbol: nil, period: .seconds(5))
            }, markets: [])
        return policy
    }

    private func findings(_ policy: Policy) -> [String] {
        Finding.all(OutsideFacts.read(policy), policy).map { "\($0.level.rawValue) \($0.subject): \($0.message)" }
    }

    @Test("what is there is fine, and the daemon's own folder need not be")
    func fine() {
        let policy = self.policy(
            group: "root", .unixSocket(path: "/tmp/prices.sock"), .unixSocket(path: RunFolder.path + "/prices.sock"),
            .file(path: "/etc/passwd"), .standardInput)
        #expect(
            findings(policy) == [
                "ok signals: root and the group root may signal",
                "ok feeds: every folder and file that they name is there",
            ])
        #expect(findings(Build.example).isEmpty)
    }

    @Test("what is not there is a warning with a remedy")
    func missing() {
        let policy = self.policy(
            group: "no-such-group", .unixSocket(path: "/nowhere/prices.sock"), .file(path: "/nowhere/prices"),
            .file(path: "/tmp"))
        #expect(
            findings(policy) == [
                "warning signals: there is no group no-such-group: only root may signal",
                "warning feeds: desk: there is no folder /nowhere for its socket",
                "warning feeds: desk: there is no file /nowhere/prices", "warning feeds: desk: there is no file /tmp",
            ])
        #expect(Finding.all(OutsideFacts(), policy).allSatisfy { $0.remedy != nil })
    }
}
