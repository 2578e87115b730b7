import FoundationEssentials
import Signals

/// What a sender of a signal hears, where it has a name to be answered at:
/// `{"ok":true,"state":"promoted","threshold":0}` or `{"ok":false,"error":"…","remedy":"…"}`.
package enum SignalAnswer: Sendable, Equatable {
    /// In force in the kernel. `waits`: until there is room; flows that are worth less than `threshold` do.
    case taken(waits: Bool, threshold: UInt64)
    case refused(SignalRefusal)

    private struct Fields: Codable {
        var ok: Bool
        var state: String?
        var threshold: UInt64?
        var reason: String?
        var error: String?
        var remedy: String?
    }

    var json: [UInt8] {
        switch self {
        case .taken(let waits, let threshold):
            // There may be fifty thousand of these a second.
            return Array(#"{"ok":true,"state":"\#(waits ? "waiting" : "promoted")","threshold":\#(threshold)}"#.utf8)
        case .refused(let refusal):
            let fields = Fields(
                ok: false, reason: refusal.reason.rawValue, error: refusal.message, remedy: refusal.remedy)
            return (try? ControlJSON.encode(fields)).map(Array.init) ?? Array(#"{"ok":false}"#.utf8)
        }
    }

    /// nil: it is no answer.
    init?(json: [UInt8]) {
        guard let fields = try? ControlJSON.decode(Fields.self, from: Data(json)) else { return nil }
        if fields.ok {
            self = .taken(waits: fields.state == "waiting", threshold: fields.threshold ?? 0)
        } else {
            let reason = fields.reason.flatMap(SignalRefusal.Reason.init) ?? .unavailable
            self = .refused(SignalRefusal(reason, fields.error ?? "no reason was given", remedy: fields.remedy))
        }
    }
}
