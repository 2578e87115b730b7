import FoundationEssentials
import Market

/// What a daemon that is started again must know of the market.
struct MarketMemory: Codable, Sendable {
    var watch: MarketSnapshot
    var governor: QuotaGovernor.Snapshot?

    init(watch: MarketSnapshot, governor: QuotaGovernor.Snapshot?) {
        self.watch = watch
        self.governor = governor
    }

    /// nil: there is none, or none that can be read.
    init?(file path: String) {
        guard let data = try? Data(contentsOf: URL(filePath: path)),
            let memory = try? JSONDecoder().decode(MarketMemory.self, from: data)
        else { return nil }
        self = memory
    }

    func save(to path: String) throws { try RunFolder.write(JSONEncoder().encode(self), to: path) }
}
