import Feeds

/// How a feed is, as `status` shows it.
package struct FeedFacts: Codable, Sendable, Equatable {
    package var name: String
    /// Its source is there.
    package var isConnected: Bool
    /// Since the daemon began to read it; those that could not be understood are counted apart too.
    package var messages: Int
    package var refused: Int
    package var reconnects: Int

    init(name: String, _ counters: FeedCounters) {
        let values = counters.values
        self.name = name
        isConnected = counters.isConnected
        (messages, refused, reconnects) = (values.messages, values.refused, values.reconnects)
    }

    var text: String {
        var parts = ["feed \(name) \(isConnected ? "connected" : "not connected")", "\(messages) messages"]
        if refused > 0 { parts.append("\(refused) not understood") }
        if reconnects > 0 { parts.append("tried again \(reconnects) times") }
        return parts.joined(separator: ", ")
    }
}
