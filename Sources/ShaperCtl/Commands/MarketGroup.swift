import ArgumentParser

struct MarketGroup: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "market", abstract: "Show what was decided about the market.", subcommands: [MarketLog.self])
}
