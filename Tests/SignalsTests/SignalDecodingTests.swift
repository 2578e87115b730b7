import Plan
import Policy
import Signals
import Testing

@Suite("A signal")
struct SignalDecodingTests {
    private static let sample =
        #"{"slice":"perp","flow":"udp 10.0.0.1:4000 > 10.0.0.2:7001","notional":2500000,"ttl":"2s"}"#

    private func decode(_ text: String) throws -> Signal { try Signal(decoding: Array(text.utf8)) }

    private func reason(_ bytes: [UInt8]) -> SignalRefusal.Reason? {
        do throws(SignalRefusal) {
            _ = try Signal(decoding: bytes)
            return nil
        } catch { return error.reason }
    }

    @Test("is read from a datagram, and written as one")
    func roundTrip() throws {
        let flow = try FlowKey(parsing: "udp 10.0.0.1:4000 > 10.0.0.2:7001").ip!
        let signal = Signal(slice: "perp", flow: flow, notional: 2_500_000, ttl: .seconds(2))
        #expect(try decode(Self.sample) == signal)
        #expect(try decode(signal.json) == signal)
        #expect(signal.ttlNanoseconds == 2_000_000_000)
    }

    @Test(
        "may be written in any way that JSON allows",
        arguments: [
            #" {"ttl" : "2s" ,"kind":"liquidation", "notional": 2.5e6, "flow":"udp 10.0.0.1:4000 > 10.0.0.2:7001",  "#
                + "\n\t\"slice\":\"perp\" }\r\n",
            #"{"slice":"\u0070\u0065rp","flow":"udp 10.0.0.1:4000 \u003e 10.0.0.2:7001","notional":25E+5,"ttl":"2000ms"}"#,
        ])
    func spellings(text: String) throws { #expect(try decode(text) == decode(Self.sample)) }

    @Test("has its strings as they are, whatever is escaped in them")
    func escapes() throws {
        let text = Self.sample.replacing("perp", with: #"a\"\\\/\b\f\n\r\t\u00e9\ud83d\ude00"#)
        #expect(try decode(text).slice == "a\"\\/\u{8}\u{c}\n\r\té😀")
        let signal = Signal(slice: "\u{1}\"\\é", flow: try decode(text).flow, notional: 1, ttl: .seconds(1))
        #expect(try decode(signal.json) == signal)
    }

    @Test(
        "is refused for a reason",
        arguments: [
            ("", .malformed), ("{", .malformed), ("{}", .missing), ("[]", .malformed), ("{} {}", .malformed),
            (#"{"slice"}"#, .malformed), (#"{"slice":}"#, .malformed), (#"{"slice":"perp",}"#, .malformed),
            (#"{"slice":"perp" "ttl":"2s"}"#, .malformed), (#"{"slice":null}"#, .malformed),
            (#"{"slice":"\ud800"}"#, .malformed), (#"{"slice":"\x"}"#, .malformed), ("{\"slice\":\"\n\"}", .malformed),
            (#"{"notional":01}"#, .malformed), (#"{"notional":+1}"#, .malformed), (#"{"notional":1.}"#, .malformed),
            (#"{"notional":.5}"#, .malformed), (#"{"notional":1e}"#, .malformed), (#"{"notional":nan}"#, .malformed),
            (sample + "x", .malformed), (sample.replacing("slice", with: "slise"), .key),
            (sample.replacing(#""ttl":"2s""#, with: #""ttl":"2s","ttl":"2s""#), .key),
            (sample.replacing(#","ttl":"2s""#, with: ""), .missing), (sample.replacing(#""2s""#, with: "2"), .ttl),
            (sample.replacing("2s", with: "2"), .ttl), (sample.replacing("2s", with: "0s"), .ttl),
            (sample.replacing("2500000", with: "0"), .notional), (sample.replacing("2500000", with: "-1"), .notional),
            (sample.replacing("2500000", with: "1e999"), .notional),
            (sample.replacing("2500000", with: #""much""#), .notional),
            (sample.replacing(#""perp""#, with: "1"), .slice),
            (sample.replacing("udp", with: "arp"), .flow),
            (sample.replacing("udp 10.0.0.1:4000 > 10.0.0.2:7001", with: "arp"), .flow),
            (sample.replacing(":7001", with: ":7001 dscp EF"), .flow),
            (sample.replacing(":7001", with: ":7001 payload 00"), .flow),
            (sample.replacing("udp 10.0.0.1:4000 > 10.0.0.2:7001", with: "udp 10.0.0.1 > 10.0.0.2 fragment"), .flow),
            (sample.replacing(#""ttl""#, with: #""kind":"settlement","ttl""#), .kind),
            (sample + String(repeating: " ", count: 1024), .malformed),
        ] as [(String, SignalRefusal.Reason)])
    func refused(text: String, reason: SignalRefusal.Reason) {
        #expect(self.reason(Array(text.utf8)) == reason)
    }

    @Test("cut anywhere, or with any byte changed, is refused or another signal, and no crash")
    func anyBytes() throws {
        let sample = Array(Self.sample.utf8)
        for length in sample.indices { #expect(reason(Array(sample[..<length])) != nil) }
        for index in sample.indices {
            for byte in UInt8.min...UInt8.max {
                var bytes = sample
                bytes[index] = byte
                _ = reason(bytes)
            }
        }
        var random = SystemRandomNumberGenerator()
        for _ in 0..<2_000 {
            let bytes = (0..<Int.random(in: 0..<200)).map { _ in UInt8.random(in: .min ... .max, using: &random) }
            #expect(reason(bytes) != nil)
        }
    }

    @Test("is of a flow whichever end is named first")
    func ends() throws {
        func flow(_ text: String, vni: UInt32 = 1) throws -> PromotedFlow {
            PromotedFlow(try FlowKey(parsing: text).ip!, vni: vni)
        }
        let one = try flow("udp 10.0.0.1:4000 > 10.0.0.2:7001")
        #expect(try one == flow("udp 10.0.0.2:7001 > 10.0.0.1:4000"))
        #expect(try one != flow("udp 10.0.0.1:4000 > 10.0.0.2:7001", vni: 2))
        #expect(try one != flow("udp 10.0.0.1:7001 > 10.0.0.2:4000"))
        #expect(try one != flow("tcp 10.0.0.1:4000 > 10.0.0.2:7001"))
        #expect(one.key.description == "udp 10.0.0.1:4000 > 10.0.0.2:7001")
        #expect(
            try flow("udp [2001:db8::1]:9 > [2001:db8::1]:8").key.description == "udp [2001:db8::1]:8 > [2001:db8::1]:9"
        )
        #expect(try flow("icmp 10.0.0.2 > 10.0.0.1").key.description == "icmp 10.0.0.1 > 10.0.0.2")
    }

    @Test("ranks by what it is worth, and among equals by who came first")
    func ranks() {
        let ranks = [
            PromotionRank(notional: 0.5, number: 3), PromotionRank(notional: 2, number: 9),
            PromotionRank(notional: 2, number: 8), PromotionRank(notional: 2_500_000, number: 1 << 30),
            PromotionRank(notional: 1e300, number: 0),
        ]
        #expect(ranks == ranks.sorted())
        #expect(ranks.map(\.notional) == [0, 2, 2, 2_500_000, 17_592_186_044_415])
    }
}
