import ArgumentParser
import Control
import Datapath
import Foundation
import Glibc
import Policy

struct Apply: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Put a policy in force.",
        usage: """
            shaperctl apply <file> [--confirm-within <time>] [--replace-qdisc] [--attach <attach>] [--verbose]
            shaperctl apply --confirm [--node <name>]
            shaperctl apply --revert [--node <name>]
            """,
        discussion: """
            All of it or nothing. The kernel goes on by itself when the command is done; shaperctl run looks after it.

            With --confirm-within, the former policy comes back unless the new one is confirmed in time: also what \
            class set had changed, and also if the machine is not to be reached any more. Where a daemon runs, it \
            keeps the deadline; otherwise the command stays until the policy is confirmed. A deadline that passes \
            while neither runs is kept by the next daemon or command.
            """)

    @Argument(help: ArgumentHelp("The policy; - is standard input.", valueName: "file"))
    var policy: String?
    @Option(
        help: ArgumentHelp("Put the former policy back unless --confirm comes within, say, 60s.", valueName: "time"),
        transform: { try Duration(parsing: $0) })
    var confirmWithin: Duration?
    @Flag(help: "Keep the policy that waits for it.")
    var confirm = false
    @Flag(help: "Put the former policy back, without waiting for the time to pass.")
    var revert = false
    @OptionGroup var how: ApplyArguments
    @Flag(help: "Show each change.")
    var verbose = false
    @OptionGroup var which: NodeOptions

    func validate() throws {
        guard [policy != nil, confirm, revert].count(where: { $0 }) == 1 else {
            throw ValidationError("Give a policy, --confirm or --revert, and only one of them.")
        }
        if policy != nil, which.node != nil { throw ValidationError("The policy says which node it is for.") }
        guard let confirmWithin else { return }
        if policy == nil { throw ValidationError("--confirm-within is for a policy.") }
        guard Trial.lengths.contains(confirmWithin) else { throw ValidationError("--confirm-within: 2s to 24h.") }
    }

    func run() async throws {
        try requireRoot()
        if confirm {
            let node = try which.find()
            try node.confirm()
            print("\(node.name): confirmed")
        } else if revert {
            let node = try which.find()
            print("\(node.name): \(try node.revert())")
        } else if let policy {
            try await apply(CheckedPolicy(PolicyFile(reading: policy)))
        }
    }

    private func apply(_ checked: CheckedPolicy) async throws {
        let watch = confirmWithin == nil ? nil : await TrialWatch()
        var memory = NodeMemory()
        let outcome = try Node.apply(checked, options: how.options, confirmWithin: confirmWithin, &memory)
        complain(outcome.warnings, checked.file)
        print(outcome.text(isVerbose: verbose))
        guard let watch, let trial = outcome.trial else { return }
        let node = Node(name: outcome.node)
        print("\(node.name): \(TrialFacts(trial).text)")
        // Whoever reads this through a pipe has to know before the time is up.
        fflush(nil)
        if await DaemonState(node: node.name).activity != .running { try await wait(watch, node, trial) }
    }

    private func wait(_ watch: TrialWatch, _ node: Node, _ trial: Trial) async throws {
        let told = TrialFacts(trial)
        let hasTerminal = isatty(0) == 1 && isatty(2) == 1
        let end = try await watch.run(node, trial, takesLines: hasTerminal) { facts in
            if hasTerminal {
                note("\r\(node.name): \(facts.secondsLeft) s left. Enter keeps the policy, Ctrl-C takes it back. ")
            } else if facts.secondsLeft.isMultiple(of: 10), facts != told {
                note("\(node.name): \(facts.text)\n")
            }
        }
        // Whatever is said next begins on a line of its own.
        if hasTerminal { note("\n") }
        switch end {
        case .confirmed: note("\(node.name): confirmed\n")
        case .endedElsewhere: throw NodeError("the trial was ended by another command: see shaperctl status")
        case .reverted(let isBack, let why): throw NodeError("\(why): \(isBack)")
        }
    }
}

/// What may be left to the user when a policy is applied.
struct ApplyArguments: ParsableArguments {
    @Flag(name: .customLong("replace-qdisc"), help: "Replace someone else's root qdisc on the underlay.")
    var replaceQdisc = false
    @Option(
        help: ArgumentHelp("How to attach tc programs: tcx or clsact. Otherwise as they are, or tcx if it is there."))
    var attach: TCMechanism?

    var options: ApplyOptions { ApplyOptions(replaceQdisc: replaceQdisc, mechanism: attach) }
}

extension TCMechanism: ExpressibleByArgument {}

func complain(_ warnings: [Diagnostic], _ file: PolicyFile) {
    for warning in warnings { complain(warning.text(file: file.name)) }
}

/// Standard error may be a terminal that is gone.
private func note(_ text: String) { try? FileHandle.standardError.write(contentsOf: Data(text.utf8)) }
