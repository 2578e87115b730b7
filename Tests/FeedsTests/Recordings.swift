import Foundation
import Market

/// Exchange sessions as they were recorded: `$SHAPER_DATA/ws`.
enum Recordings {
    static let comment = "no recordings to read: set SHAPER_DATA to a folder that has them in ws/"

    private static let folder = ProcessInfo.processInfo.environment["SHAPER_DATA"].map { $0 + "/ws" }

    /// Whether there are any. In CI there must be: there the tests run, and fail, without.
    static var areExpected: Bool {
        folder.map(FileManager.default.fileExists) ?? false || ProcessInfo.processInfo.environment["CI"] != nil
    }

    static let binance = "BINANCE_FUTURES.ws.1.0.txt.gz"
    static let coinbase = "COINBASE.ws.28.0.txt.gz"
    static let deribit = "DERIBIT.ws.1.0.txt.gz"

    /// The messages that were received: lines `epoch.microseconds: {json}`.
    static func messages(_ name: String) throws -> [String] {
        guard let folder else { throw CocoaError(.fileNoSuchFile, userInfo: [NSFilePathErrorKey: "$SHAPER_DATA/ws"]) }
        let text = try run("gzip", "-dc", "\(folder)/\(name)")
        return text.split(separator: "\n").compactMap { line in
            guard let colon = line.firstRange(of: ": "), Double(line[..<colon.lowerBound]) != nil else { return nil }
            return String(line[colon.upperBound...])
        }
    }

    /// What a program prints.
    @discardableResult
    static func run(_ arguments: String...) throws -> String {
        let process = Process()
        process.executableURL = URL(fileURLWithPath: "/usr/bin/env")
        process.arguments = arguments
        let output = Pipe()
        process.standardOutput = output
        process.standardError = FileHandle.nullDevice
        try process.run()
        let data = output.fileHandleForReading.readDataToEndOfFile()
        process.waitUntilExit()
        guard process.terminationStatus == 0 else { throw CocoaError(.executableLoad) }
        return String(decoding: data, as: UTF8.self)
    }
}

/// What a connection's messages say, read by other means: Foundation's JSON and dates.
struct PlainReading {
    /// Of one connection, from its first message on.
    static func binance(_ messages: some Sequence<String>, _ symbol: String) throws -> [Tick] {
        try objects(messages).compactMap { message in
            let event = message["data"] as? [String: Any] ?? message
            guard event["s"] as? String == symbol, let time = event["T"] as? Int64 else { return nil }
            switch event["e"] as? String {
            case "aggTrade":
                return Tick(
                    time: time * 1_000_000, price: number(event["p"]), volume: number(event["q"]), kind: .trade)
            case "bookTicker":
                let bid = number(event["b"])
                return Tick(
                    time: time * 1_000_000, price: bid + (number(event["a"]) - bid) / 2, volume: 0, kind: .quote)
            default: return nil
            }
        }
    }

    static func deribit(_ messages: some Sequence<String>, _ symbol: String) throws -> [Tick] {
        try objects(messages).flatMap { message -> [Tick] in
            guard let parameters = message["params"] as? [String: Any],
                let channel = parameters["channel"] as? String, channel.hasPrefix("ticker.\(symbol)."),
                let data = parameters["data"] as? [String: Any], let time = data["timestamp"] as? Int64
            else { return [] }
            return [
                Tick(time: time * 1_000_000, price: number(data["mark_price"]), volume: 0, kind: .mark),
                Tick(time: time * 1_000_000, price: number(data["mark_iv"]), volume: 0, kind: .impliedVolatility),
            ]
        }
    }

    static func coinbase(_ messages: some Sequence<String>, _ symbol: String) throws -> [Tick] {
        var told: Set<Int64> = []
        return try objects(messages).compactMap { message in
            guard message["product_id"] as? String == symbol, let type = message["type"] as? String,
                ["ticker", "match", "last_match"].contains(type), let trade = message["trade_id"] as? Int64,
                told.insert(trade).inserted, let time = message["time"] as? String
            else { return nil }
            let seconds = try Date(String(time.prefix(19)) + "Z", strategy: .iso8601).timeIntervalSince1970
            let micros = Int64(time.dropFirst(20).dropLast()) ?? 0
            return Tick(
                time: Int64(seconds) * 1_000_000_000 + micros * 1000, price: number(message["price"]),
                volume: number(message[type == "ticker" ? "last_size" : "size"]), kind: .trade)
        }
    }

    private static func objects(_ messages: some Sequence<String>) throws -> [[String: Any]] {
        try messages.compactMap { try JSONSerialization.jsonObject(with: Data($0.utf8)) as? [String: Any] }
    }

    private static func number(_ value: Any?) -> Double {
        if let text = value as? String { return Double(text) ?? .nan }
        return (value as? NSNumber)?.doubleValue ?? .nan
    }
}
