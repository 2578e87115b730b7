import ArgumentParser

struct SignalGroup: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "signal", abstract: "Say that a flow is a liquidation now, or show which are.",
        subcommands: [SignalLiquidation.self, SignalList.self])
}
