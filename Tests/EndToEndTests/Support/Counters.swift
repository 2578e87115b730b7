import Foundation

extension Host {
    /// What the host's network stack counts, by the names of `nstat`.
    func networkCounters() throws -> [String: Int] {
        let lines = try run("nstat --ignore --noupdate --zeros", on: self)
        var counters: [String: Int] = [:]
        for line in lines.split(separator: "\n") where !line.hasPrefix("#") {
            let words = line.split(separator: " ")
            if words.count >= 2 { counters[String(words[0])] = Int(words[1]) }
        }
        return counters
    }

    func networkCounter(_ name: String) throws -> Int {
        guard let value = try networkCounters()[name] else { throw Absent(what: "counter \(name)") }
        return value
    }

    /// Packets and bytes that an interface has received and sent.
    func traffic(of interface: String) throws -> Traffic {
        // Without a process, which may take its time.
        let text = try inNamespace(of: self) {
            try String(contentsOfFile: "/proc/thread-self/net/dev", encoding: .utf8)
        }
        for line in text.split(separator: "\n") {
            let words = line.split(whereSeparator: { $0 == " " || $0 == ":" })
            guard words.first == Substring(interface), words.count >= 11 else { continue }
            let numbers = words.dropFirst().map { Int($0) ?? 0 }
            return Traffic(
                receivedBytes: numbers[0], receivedPackets: numbers[1], sentBytes: numbers[8], sentPackets: numbers[9])
        }
        throw Absent(what: "interface \(interface)")
    }
}

struct Traffic {
    var receivedBytes: Int
    var receivedPackets: Int
    var sentBytes: Int
    var sentPackets: Int
}

struct Absent: Error, CustomStringConvertible {
    var what: String
    var description: String { "there is no \(what)" }
}

/// Packets with a wrong checksum at the nodes and at slice perp's tenants; `nstat`'s InCsumErrors of every protocol.
func checksumErrors() throws -> Int {
    try [Host.nyA, .ldnA, .ny, .ldn].reduce(0) { sum, host in
        try sum + host.networkCounters().filter { $0.key.hasSuffix("InCsumErrors") }.values.reduce(0, +)
    }
}
