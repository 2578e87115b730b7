import Foundation
import Testing

@testable import Control

@Suite("Control protocol")
struct ControlProtocolTests {
    private static let requests: [(ControlRequest, String)] = [
        (.status, #"{"op":"status","v":1}"#),
        (.reload, #"{"op":"reload","v":1}"#),
        (
            .classSet(className: "bulk", slice: "perp", guarantee: nil, ceiling: "20mbit"),
            #"{"ceiling":"20mbit","class":"bulk","op":"class-set","slice":"perp","v":1}"#
        ),
        (
            .classSet(className: "bulk", slice: nil, guarantee: "5%", ceiling: nil),
            #"{"class":"bulk","guarantee":"5%","op":"class-set","v":1}"#
        ),
    ]

    @Test("a request is one line of JSON and comes back the same", arguments: requests)
    func roundTrip(request: ControlRequest, line: String) throws {
        #expect(String(decoding: try ControlJSON.encode(request), as: UTF8.self) == line)
        #expect(try ControlJSON.request(from: Data(line.utf8)) == request)
    }

    static let refused: [(String, ControlFailure)] = [
        ("", ControlFailure(error: "the request is not one line of JSON")),
        ("status", ControlFailure(error: "the request is not one line of JSON")),
        (#"{"v":1,"op":"status""#, ControlFailure(error: "the request is not one line of JSON")),
        ("\u{0}\u{1}\u{7F}", ControlFailure(error: "the request is not one line of JSON")),
        (String(repeating: "[", count: 60_000), ControlFailure(error: "the request is not one line of JSON")),
        ("[]", ControlFailure(error: "the request is no JSON object")),
        ("1", ControlFailure(error: "the request is no JSON object")),
        ("{}", ControlFailure(error: #"the request has no "v""#)),
        (#"{"v":1}"#, ControlFailure(error: #"the request has no "op""#)),
        (#"{"v":1,"op":"class-set"}"#, ControlFailure(error: #"the request has no "class""#)),
        (#"{"v":"1","op":"status"}"#, ControlFailure(error: #""v" of the request is of the wrong type"#)),
        (#"{"v":1,"op":7}"#, ControlFailure(error: #""op" of the request is of the wrong type"#)),
        (
            #"{"v":1,"op":"class-set","class":"bulk","ceiling":20}"#,
            ControlFailure(error: #""ceiling" of the request is of the wrong type"#)
        ),
        (
            #"{"v":2,"op":"status"}"#,
            ControlFailure(
                error: "the request is of version 2, this node speaks version 1",
                remedy: "use the shaperctl that the node runs")
        ),
        (
            #"{"v":1,"op":"restart"}"#,
            ControlFailure(
                error: #"unknown operation "restart""#, remedy: "this node knows class-set, reload, status")
        ),
        (
            #"{"v":1,"op":"class-set","class":"bulk","celing":"20mbit"}"#,
            ControlFailure(error: #"class-set does not know "celing""#)
        ),
        (#"{"v":1,"op":"reload","slice":"perp"}"#, ControlFailure(error: #"reload does not know "slice""#)),
    ]

    @Test("what is no request is refused with the reason", arguments: refused)
    func refusals(line: String, failure: ControlFailure) {
        #expect(throws: failure) { try ControlJSON.request(from: Data(line.utf8)) }
    }

    private struct Report: Codable, Equatable {
        var node: String
        var bytes: UInt64
    }

    @Test("an answer carries any value, 64-bit counters exactly")
    func success() throws {
        let report = Report(node: "ny\n", bytes: .max)
        let answer = ControlResponse.success(report)
        #expect(
            String(decoding: answer.line, as: UTF8.self)
                == #"{"ok":true,"result":{"bytes":18446744073709551615,"node":"ny\n"}}"#)
        #expect(try answer.result(as: Report.self) == report)
        #expect(throws: DecodingError.self) { try answer.result(as: [Int].self) }
        #expect(throws: DecodingError.self) { try ControlResponse.success.result(as: Report.self) }
    }

    @Test("a refusal is thrown where its result is wanted")
    func failure() {
        let answer = ControlResponse.failure("no class \"bulk\"", remedy: "see class list")
        #expect(
            String(decoding: answer.line, as: UTF8.self)
                == #"{"error":"no class \"bulk\"","ok":false,"remedy":"see class list"}"#)
        let failure = ControlFailure(error: "no class \"bulk\"", remedy: "see class list")
        #expect(throws: failure) { try answer.check() }
        #expect(throws: failure) { try answer.result(as: Int.self) }
    }

    @Test("a result that JSON cannot hold becomes a refusal")
    func notJSON() {
        #expect(throws: ControlFailure.self) { try ControlResponse.success([Double.infinity]).check() }
    }

    @Test("what is no answer is not taken for one", arguments: ["", "ok", "{}", #"{"ok":1}"#, "[true]"])
    func badAnswers(line: String) {
        #expect(ControlResponse(answer: Data(line.utf8)) == nil)
    }
}
