import FoundationEssentials

/// What `receive` prints. `lost` includes `socketDrops`, which are the probe's own. Delays are one-way, in µs, from the
/// sending call to the receiving node's kernel, and absent when nothing arrived.
package struct DelayReport: Codable, Equatable, CustomStringConvertible {
    package var sent: UInt64
    package var received: UInt64
    package var lost: UInt64
    package var duplicates: UInt64
    package var reordered: UInt64
    /// Datagrams that are no probe's, or have a number that is not expected.
    package var foreign: UInt64
    package var socketDrops: UInt64
    package var p50Us: Double?
    package var p99Us: Double?
    package var p999Us: Double?
    package var maxUs: Double?
    /// The 99th percentile up to the process: with what a busy machine takes to wake it.
    package var processP99Us: Double?

    package var description: String {
        func text(_ delay: Double?) -> String { delay.map { "\($0) µs" } ?? "-" }
        return """
            received \(received) of \(sent): lost \(lost) (\(socketDrops) by this socket), \
            duplicates \(duplicates), reordered \(reordered), foreign \(foreign)
            p50 \(text(p50Us))  p99 \(text(p99Us))  p99.9 \(text(p999Us))  max \(text(maxUs))  p99 to the process \(text(processP99Us))
            """
    }
}

/// One line, keys in snake case and in alphabetical order.
package func encodeJSON(_ value: some Encodable) throws -> String {
    let encoder = JSONEncoder()
    encoder.keyEncodingStrategy = .convertToSnakeCase
    encoder.outputFormatting = [.sortedKeys]
    return String(decoding: try encoder.encode(value), as: UTF8.self)
}

/// Throws with the file's name in the message.
package func decodeJSON<Value: Decodable>(_ type: Value.Type, from file: String) throws -> Value {
    let decoder = JSONDecoder()
    decoder.keyDecodingStrategy = .convertFromSnakeCase
    do {
        return try decoder.decode(type, from: Data(contentsOf: URL(filePath: file)))
    } catch {
        throw UnreadableReport(file: file, reason: "\(error)")
    }
}

struct UnreadableReport: Error, CustomStringConvertible {
    let file: String
    let reason: String
    var description: String { "\(file): not a report this command reads: \(reason)" }
}

extension Double {
    func rounded(to places: Int) -> Double {
        let scale = (0..<places).reduce(1.0) { scale, _ in scale * 10 }
        return (self * scale).rounded() / scale
    }
}
