import Foundation
import Logging
import NIOCore
import NIOPosix
import ServiceLifecycle
import Testing

@testable import Control

@Suite("Control socket", .timeLimit(.minutes(1)))
struct ControlServerTests {
    private static let status = #"{"v":1,"op":"status"}"#
    /// Says what it was asked.
    private static let echo: @Sendable (ControlRequest) async -> ControlResponse = { .success($0) }

    @Test("a request reaches the handler and its answer the client")
    func roundTrip() async throws {
        let fixture = try SocketFixture()
        let path = fixture.path
        try await SocketFixture.withServer(at: path, handler: Self.echo) {
            for request in [
                ControlRequest.status, .classSet(className: "a", slice: nil, guarantee: nil, ceiling: "1%"),
            ] {
                let answer = try await ControlClient.send(request, to: path)
                #expect(try answer.result(as: ControlRequest.self) == request)
            }
        }
    }

    @Test("an answer larger than any socket buffer arrives whole, even where the client is done talking")
    func largeAnswer() async throws {
        let fixture = try SocketFixture()
        let path = fixture.path
        let large = String(repeating: "x", count: 8_000_000)
        try await SocketFixture.withServer(at: path, handler: { _ in .success(large) }) {
            #expect(try await ControlClient.send(.status, to: path).result(as: String.self) == large)
            let lines = try await RawClient(path: path).exchange(Self.status + "\n")
            #expect(lines.map(\.count) == [large.count + #"{"ok":true,"result":""}"#.count])
        }
    }

    @Test("requests of one connection are answered in order, however they are cut")
    func pipelined() async throws {
        let fixture = try SocketFixture()
        let path = fixture.path
        try await SocketFixture.withServer(at: path, handler: Self.echo) {
            let lines = try await RawClient(path: path).exchange(
                #"{"v":1,"op":"sta"#, "tus\"}\n", #"{"v":1,"op":"reload"}"# + "\r\n" + Self.status + "\n{", "}\n",
                Self.status)
            #expect(
                lines == [
                    #"{"ok":true,"result":{"op":"status","v":1}}"#, #"{"ok":true,"result":{"op":"reload","v":1}}"#,
                    #"{"ok":true,"result":{"op":"status","v":1}}"#, #"{"error":"the request has no \"v\"","ok":false}"#,
                    #"{"ok":true,"result":{"op":"status","v":1}}"#,
                ])
        }
    }

    @Test("a malformed line is answered, and the connection goes on", arguments: ControlProtocolTests.refused)
    func malformed(line: String, failure: ControlFailure) async throws {
        let fixture = try SocketFixture()
        let path = fixture.path
        try await SocketFixture.withServer(at: path) {
            let lines = try await RawClient(path: path).exchange(line + "\n", Self.status + "\n")
            #expect(lines.count == 2)
            let answer = try #require(ControlResponse(answer: Data(lines[0].utf8)))
            #expect(throws: failure) { try answer.check() }
            #expect(lines[1] == #"{"ok":true}"#)
        }
    }

    @Test(
        "a line of 64 KiB is read, a longer one refused, and nothing after it is believed", arguments: [0, 1, 100_000])
    func oversize(excess: Int) async throws {
        let fixture = try SocketFixture()
        let path = fixture.path
        let padding = String(repeating: " ", count: ControlServer.requestLimit - Self.status.count + excess)
        try await SocketFixture.withServer(at: path) {
            let lines = try await RawClient(path: path).exchange(padding + Self.status + "\n", Self.status + "\n")
            #expect(
                lines
                    == (excess == 0
                        ? [#"{"ok":true}"#, #"{"ok":true}"#]
                        : [#"{"error":"the request is longer than 65536 bytes","ok":false}"#]))
        }
    }

    @Test("who does not finish a request, or starts none, is hung up on", arguments: ["", #"{"v":1,"#])
    func slowClient(start: String) async throws {
        let fixture = try SocketFixture()
        let path = fixture.path
        try await SocketFixture.withServer(at: path, patience: .milliseconds(100)) {
            let lines = try await RawClient(path: path).exchange(start, thenClose: false)
            #expect(lines == [])
        }
    }

    @Test("a handler may take longer than a client may")
    func slowHandler() async throws {
        let fixture = try SocketFixture()
        let path = fixture.path
        let slow: @Sendable (ControlRequest) async -> ControlResponse = { _ in
            try? await Task.sleep(for: .milliseconds(3000))
            return .success
        }
        try await SocketFixture.withServer(at: path, patience: .milliseconds(2000), handler: slow) {
            try await SocketFixture.expectSuccess(at: path)
        }
    }

    @Test("who leaves before the answer harms nobody")
    func leaving() async throws {
        let fixture = try SocketFixture()
        let path = fixture.path
        try await SocketFixture.withServer(at: path) {
            for _ in 0..<50 { try await RawClient(path: path).close() }
            try await SocketFixture.expectSuccess(at: path)
        }
    }

    @Test("many clients are served at once")
    func concurrent() async throws {
        let fixture = try SocketFixture()
        let path = fixture.path
        try await SocketFixture.withServer(at: path, handler: Self.echo) {
            try await withThrowingTaskGroup(of: Void.self) { group in
                for number in 0..<500 {
                    group.addTask {
                        let request = ControlRequest.classSet(
                            className: "class \(number)", slice: nil, guarantee: nil, ceiling: nil)
                        let answer = try await ControlClient.send(request, to: path)
                        #expect(try answer.result(as: ControlRequest.self) == request)
                    }
                }
                try await group.waitForAll()
            }
        }
    }

    @Test("a daemon that is cancelled while clients pour in ends in peace")
    func cancelledInTheRush() async throws {
        let fixture = try SocketFixture()
        let path = fixture.path
        for _ in 0..<20 {
            try await SocketFixture.withServer(at: path) {
                for _ in 0..<30 {
                    _ = try await ClientBootstrap(group: .singletonMultiThreadedEventLoopGroup)
                        .connect(unixDomainSocketPath: path).get()
                }
            }
        }
        #expect(try fixture.names == [])
    }

    @Test("graceful shutdown answers what is being handled, and waits for nobody who is silent")
    func shutdown() async throws {
        let fixture = try SocketFixture()
        let path = fixture.path
        let (handled, handling) = AsyncStream.makeStream(of: Void.self)
        let server = ControlServer(path: path, logger: SocketFixture.quiet, onListening: { handling.yield() }) { _ in
            handling.yield()
            try? await gracefulShutdown()
            return .success
        }
        let group = ServiceGroup(services: [server], logger: SocketFixture.quiet)
        try await withThrowingTaskGroup(of: Void.self) { tasks in
            tasks.addTask { try await group.run() }
            var steps = handled.makeAsyncIterator()
            await steps.next()
            let silent = try await RawClient(path: path)
            tasks.addTask {
                let lines = try await silent.exchange(thenClose: false)
                #expect(lines == [])
            }
            tasks.addTask { try await SocketFixture.expectSuccess(at: path) }
            await steps.next()
            await group.triggerGracefulShutdown()
            try await tasks.waitForAll()
        }
        #expect(try fixture.names == [])
    }
}
