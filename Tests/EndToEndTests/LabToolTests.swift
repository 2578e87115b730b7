import Foundation
import Testing

extension EndToEnd {
    /// What `Scripts/bench` measures with must see what is there.
    @Suite(.carried(ny: .shaper, ldn: .shaper)) struct LabTools {
        @Test func `frames that are put into a port come out at the far end of the wire, in the class of their rule`()
            throws
        {
            try run("ping -c 2 -i 0.1 -W 1 10.0.0.2", on: .nyA)
            let offered = { try Node.ny.classes().row("perp", "bulk").offered.packets }
            let before = try offered()
            let sink = try Job([Lab.labProbe, "sink", "--interface", "ny"], on: .wire)
            #expect(try eventually(within: 60) { try run("ip link show ny", on: .wire).contains("xdp") })
            let blast = try run(
                """
                \(Lab.labProbe) blast --interface p1 --from 10.0.0.1:4000 --to 10.0.0.2:9 --seconds 3 \
                --from-mac 02:00:00:00:01:01 --to-mac 02:00:00:00:02:01
                """, on: .ny)
            let sent = try #require(blast.split(separator: " ").dropFirst().first.flatMap { Int($0) })
            #expect(try offered() == before + sent)
            #expect(eventually(within: 60) { sink.text.hasSuffix("\n") })
            sink.signal(SIGKILL)
            let counted = try sink.finish(within: 60).out.split(separator: " ").last.flatMap { Int($0.dropLast()) }
            #expect(try #require(counted) > 1000)
        }

        @Test func `the pairs of class and TOS are those of the packets`() throws {
            let end = NSTemporaryDirectory() + "shaper-test-\(UUID().uuidString)"
            defer { unlink(end) }
            let script = "until [[ -e '\(end)' ]]; do sleep 0.05; done | \(Lab.labProbe) pairs --interface u0"
            let pairs = try Job(["bash", "-c", script], on: .ny)
            #expect(eventually(within: 60) { pairs.text.contains("counting") })
            let delays = try Probe(from: .nyA, to: .ldnA, rate: 1000, seconds: 0.2).run()
            close(creat(end, 0o600))
            let lines = try pairs.finish(within: 60).out.split(separator: "\n")
            // EF, in the one class for everything that is express.
            #expect(delays.lostOnTheWay == 0 && lines.contains("5348:2 184 \(delays.received)"), "\(lines)")
        }

        @Test func `the daemon's answers are timed, its refusals are errors, and its maps have a size`() throws {
            let daemon = try Daemon(Node.ny.policy(), on: .ny)
            let socket = "/run/shaper/\(Node.ny.name).sock"
            try withExtendedLifetime(daemon) {
                let ask = [Lab.labProbe, "ask", "--socket", socket, "--count", "3"]
                #expect(try run(ask + [#"{"v":1,"op":"status"}"#]).contains(#""count":3"#))
                #expect(try attempt(ask + ["nonsense"]).status != 0)
                let pins = try #require(
                    FileManager.default.enumerator(atPath: "/sys/fs/bpf/shaper")?.allObjects as? [String])
                let maps = try #require(pins.first { $0.hasSuffix("\(Node.ny.name)/maps") })
                let bytes = try run("\(Lab.labProbe) maps /sys/fs/bpf/shaper/\(maps)").trimmingCharacters(in: .newlines)
                #expect(try #require(Int(bytes)) > 1_000_000)
            }
        }
    }
}
