import ArgumentParser

/// The lab's traffic source and sink, and its measuring tools. Both ends run on one machine, so one clock times both.
@main
struct LabProbe: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "lab-probe",
        abstract: "Sends datagrams and frames through the lab, and measures what becomes of them.",
        subcommands: [
            Send.self, Receive.self, Flood.self, Summarise.self, Blast.self, Sink.self, Pairs.self, Ask.self,
            Signals.self, Maps.self, TimePrograms.self, Decode.self, Decisions.self, MarketWay.self, ReplayPrices.self,
            StormSummary.self,
        ])
}
