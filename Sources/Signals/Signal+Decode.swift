import Plan
import Policy

extension Signal {
    /// From a datagram. Strict, as the policy file is: what nobody knows is refused, and not ignored.
    package init(decoding datagram: [UInt8]) throws(SignalRefusal) {
        guard datagram.count <= Self.longest else {
            throw SignalRefusal(.malformed, "a signal has at most \(Self.longest) bytes")
        }
        var members = Members()
        var cursor = JSONCursor(datagram)
        try cursor.object { (key, value) throws(SignalRefusal) in try members.take(key, value) }
        try self.init(members)
    }

    private init(_ members: Members) throws(SignalRefusal) {
        if let kind = members.kind, kind != "liquidation" {
            throw SignalRefusal(.kind, "a signal's kind is \"liquidation\"")
        }
        guard let slice = members.slice else { throw .missing("slice") }
        guard let flow = members.flow else { throw .missing("flow") }
        guard let notional = members.notional else { throw .missing("notional") }
        guard let ttl = members.ttl else { throw .missing("ttl") }
        self.init(
            slice: slice, flow: try Self.flow(flow), notional: try Self.checked(notional: notional),
            ttl: try Self.checked(ttl: ttl))
    }

    /// A flow that can be signalled: addresses, protocol and, where it has them, ports.
    package static func flow(_ text: String) throws(SignalRefusal) -> FlowKey.IP {
        let remedy = "write one such as udp 10.0.0.1:4000 > 10.0.0.2:7001"
        let key: FlowKey
        do throws(ValueError) {
            key = try FlowKey(parsing: text)
        } catch {
            throw SignalRefusal(.flow, error.message, remedy: error.remedy)
        }
        guard let ip = key.ip else { throw SignalRefusal(.flow, "ARP waits behind no class anyway", remedy: remedy) }
        let isWhole = ip.ports != nil || !IPProtocol.withPorts.contains(ip.ipProtocol)
        guard isWhole, ip.dscp == 0, ip.payload.isEmpty else {
            throw SignalRefusal(.flow, "a signal's flow has no dscp, payload or fragment", remedy: remedy)
        }
        return ip
    }

    package static func checked(notional: Double) throws(SignalRefusal) -> Double {
        guard notional > 0, notional.isFinite else {
            throw SignalRefusal(.notional, "the notional is not above 0", remedy: "write what it is worth")
        }
        return notional
    }

    private static func checked(ttl text: String) throws(SignalRefusal) -> Duration {
        let ttl: Duration
        do throws(ValueError) {
            ttl = try Duration(parsing: text)
        } catch {
            throw SignalRefusal(.ttl, error.message, remedy: error.remedy)
        }
        guard ttl > .zero else { throw SignalRefusal(.ttl, "the ttl is not above 0", remedy: "write 2s") }
        return ttl
    }

    private struct Members {
        var kind, slice, flow, ttl: String?
        var notional: Double?

        mutating func take(_ key: String, _ value: JSONCursor.Value) throws(SignalRefusal) {
            switch (key, value) {
            case ("kind", .string(let text)): try set(&kind, text, key)
            case ("slice", .string(let text)): try set(&slice, text, key)
            case ("flow", .string(let text)): try set(&flow, text, key)
            case ("ttl", .string(let text)): try set(&ttl, text, key)
            case ("notional", .number(let number)): try set(&notional, number, key)
            case ("kind", _): throw SignalRefusal(.kind, "\"kind\" is no string")
            case ("slice", _): throw SignalRefusal(.slice, "\"slice\" is no string")
            case ("flow", _): throw SignalRefusal(.flow, "\"flow\" is no string")
            case ("ttl", _): throw SignalRefusal(.ttl, "\"ttl\" is no string", remedy: "write \"2s\"")
            case ("notional", _): throw SignalRefusal(.notional, "\"notional\" is no number")
            default:
                throw SignalRefusal(
                    .key, "a signal does not know \"\(key.prefix(40))\"",
                    remedy: "it has slice, flow, notional, ttl and, if need be, kind")
            }
        }

        private func set<Value>(_ place: inout Value?, _ value: Value, _ key: String) throws(SignalRefusal) {
            guard place == nil else { throw SignalRefusal(.key, "\"\(key)\" is there twice") }
            place = value
        }
    }
}

extension SignalRefusal {
    fileprivate static func missing(_ key: String) -> SignalRefusal {
        SignalRefusal(.missing, "the signal has no \"\(key)\"")
    }
}
