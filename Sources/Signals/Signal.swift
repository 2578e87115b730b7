import Plan
import Policy

/// Somebody's statement that a flow is a liquidation now.
package struct Signal: Sendable, Equatable {
    package var slice: String
    /// Either direction; both are meant.
    package var flow: FlowKey.IP
    /// What it is worth, in whatever everybody who signals counts in: it is only compared. Above 0.
    package var notional: Double
    /// For how long, from when it is taken.
    package var ttl: Duration

    package var ttlNanoseconds: UInt64 {
        let (seconds, attoseconds) = ttl.components
        return UInt64(clamping: Int128(seconds) * 1_000_000_000 + Int128(attoseconds / 1_000_000_000))
    }

    /// The longest datagram that can be one, bytes.
    package static let longest = 1024

    package init(slice: String, flow: FlowKey.IP, notional: Double, ttl: Duration) {
        self.slice = slice
        self.flow = flow
        self.notional = notional
        self.ttl = ttl
    }

    /// As the socket takes it: `{"slice":"perp","flow":"udp 10.0.0.1:4000 > 10.0.0.2:7001","notional":2500000,"ttl":"2s"}`.
    package var json: String {
        let flow = FlowKey(ip: flow).description
        return #"{"slice":"\#(slice.jsonEscaped)","flow":"\#(flow)","notional":\#(notional),"ttl":"\#(ttl.unitText)"}"#
    }
}

extension String {
    /// As it stands between the quotes of JSON.
    var jsonEscaped: String {
        var text = ""
        for scalar in unicodeScalars {
            switch scalar {
            case "\"": text += "\\\""
            case "\\": text += "\\\\"
            case "\u{0}"..<" ":
                let digits = String(scalar.value, radix: 16)
                text += "\\u" + String(repeating: "0", count: 4 - digits.count) + digits
            default: text.unicodeScalars.append(scalar)
            }
        }
        return text
    }
}
