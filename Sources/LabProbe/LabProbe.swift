import ArgumentParser

/// The lab's traffic source and sink. Both ends run on one machine, so one clock times both.
@main
struct LabProbe: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "lab-probe",
        abstract: "Sends small UDP datagrams at a steady rate and measures their one-way delay.",
        subcommands: [Send.self, Receive.self, Flood.self, Summarise.self])
}
