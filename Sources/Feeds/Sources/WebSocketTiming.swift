import Policy

/// How patient a WebSocket client is.
struct WebSocketTiming: Sendable {
    /// For the TCP connection, and again for TLS and HTTP together.
    var connect = Duration.seconds(10)
    /// Between two pings of its own; the answer must have come before the next.
    var ping = Duration.seconds(15)
    /// The least it waits for news.
    var shortestSilence = Duration.seconds(5)
    /// For the other end to answer a close frame, and again to end TLS.
    var goodbye = Duration.milliseconds(500)

    func silence(_ feed: Volatility.Feed) -> Duration { max(feed.period * 3, shortestSilence) }
}
