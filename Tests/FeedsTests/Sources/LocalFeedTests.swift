import Foundation
import Market
import NIOCore
import NIOPosix
import Policy
import Testing

@testable import Feeds

@Suite struct LocalFeedTests {
    private func line(_ price: Int) -> String { "{\"price\": \(price)}\n" }

    private func append(_ text: String, to path: String) throws {
        if !FileManager.default.fileExists(atPath: path) { try Data().write(to: URL(fileURLWithPath: path)) }
        let file = try #require(FileHandle(forWritingAtPath: path))
        try file.seekToEnd()
        try file.write(contentsOf: Data(text.utf8))
        try file.close()
    }

    private func producer(_ path: String) async throws -> any Channel {
        try await ClientBootstrap(group: .singletonMultiThreadedEventLoopGroup).connect(unixDomainSocketPath: path)
            .get()
    }

    // MARK: Unix sockets

    @Test func `several producers write to one socket`() async throws {
        try await withFolder { folder in
            let path = folder + "/feed.sock"
            let run = FeedRun(.sample(.unixSocket(path: path)))
            try await run.during {
                try await run.wait("listening") { !$0.states.isEmpty }
                let mode = try FileManager.default.attributesOfItem(atPath: path)[.posixPermissions] as? Int
                #expect(mode == 0o660)

                let one = try await producer(path)
                let two = try await producer(path)
                try await one.writeAndFlush(ByteBuffer(string: line(1) + "garbage\n" + "{\"price\": "))
                try await run.wait("the first producer's") { $0.ticks.count == 1 }
                try await two.writeAndFlush(ByteBuffer(string: line(2) + String(repeating: "x", count: 70_000) + "\n"))
                try await run.wait("the second producer's") { $0.ticks.count == 2 }
                try await one.writeAndFlush(ByteBuffer(string: "3}\n{\"price\": 4}"))
                try await run.wait("the rest of a line") { $0.ticks.count == 3 }
                try await one.close()
                try await run.wait("a line without an end") { $0.ticks.count == 4 }
                #expect(run.ticks.map(\.price) == [1, 2, 3, 4])
                #expect(run.ticks.allSatisfy { $0.time == 42 })
                #expect(run.states == ["nobody is connected", "connected"])
                try await two.close()
                try await run.wait("nobody left") { $0.states.count == 3 }
                #expect(run.service.counters.values == .init(messages: 6, ticks: 4, refused: 2, reconnects: 0))
            }
            #expect(!FileManager.default.fileExists(atPath: path))
        }
    }

    @Test func `a dead process's socket is replaced, a living one's and a file are not`() async throws {
        try await withFolder { folder in
            let path = folder + "/feed.sock"
            // What a dead process leaves.
            let dead = try await ServerBootstrap(group: .singletonMultiThreadedEventLoopGroup)
                .bind(unixDomainSocketPath: path + ".bound").get()
            try FileManager.default.moveItem(atPath: path + ".bound", toPath: path)
            try await dead.close()

            let first = FeedRun(.sample(.unixSocket(path: path)))
            let second = FeedRun(.sample(.unixSocket(path: path)))
            try await first.during {
                try await first.wait("listening") { $0.states == ["nobody is connected"] }
                try await second.during {
                    try await second.wait("refused") { !$0.states.isEmpty }
                    #expect(second.states == ["another process is serving \(path)"])
                }
                let channel = try await producer(path)
                try await channel.writeAndFlush(ByteBuffer(string: line(1)))
                try await first.wait("still served") { $0.ticks.count == 1 }
                try await channel.close()
            }

            try append("precious", to: path)
            let third = FeedRun(.sample(.unixSocket(path: path)))
            try await third.during {
                try await third.wait("refused") { $0.states == ["\(path) exists and is not a socket"] }
            }
            #expect(FileManager.default.contents(atPath: path) == Data("precious".utf8))
        }
    }

    @Test func `a living process that is too busy to answer keeps its socket`() async throws {
        try await withFolder { folder in
            let path = folder + "/feed.sock"
            // Nobody accepts, and nobody else fits into its queue.
            let busy = try await ServerBootstrap(group: .singletonMultiThreadedEventLoopGroup)
                .serverChannelOption(.autoRead, value: false)
                .serverChannelOption(.backlog, value: 0)
                .bind(unixDomainSocketPath: path).get()
            var waiting: [any Channel] = []
            while let channel = try? await producer(path) { waiting.append(channel) }
            #expect(!waiting.isEmpty)
            let run = FeedRun(.sample(.unixSocket(path: path)))
            try await run.during {
                try await run.wait("refused") { $0.states == ["another process is serving \(path)"] }
            }
            for channel in waiting { try? await channel.close() }
            try await busy.close()
        }
    }

    @Test func `a socket without a folder says so, and is made when there is one`() async throws {
        try await withFolder { folder in
            let path = folder + "/run/feed.sock"
            let run = FeedRun(.sample(.unixSocket(path: path)))
            try await run.during {
                try await run.wait("refused") { !$0.states.isEmpty }
                let reason = try #require(run.states.first)
                #expect(
                    reason.hasPrefix(
                        "\(path) cannot be made: there is no folder \(folder)/run: mkdir -p \(folder)/run"),
                    "\(reason)")
                try FileManager.default.createDirectory(atPath: folder + "/run", withIntermediateDirectories: false)
                try await run.wait("listening") { _ in FileManager.default.fileExists(atPath: path) }
            }
        }
    }

    // MARK: files

    @Test func `a file is followed from its end on, truncated and replaced`() async throws {
        try await withFolder { folder in
            let path = folder + "/prices.ndjson"
            try append((-5000...0).map(line).joined(), to: path)
            let run = FeedRun(.sample(.file(path: path)))
            try await run.during {
                try await run.wait("the past is over") { $0.states == ["connected"] }
                try append((1...5000).map(line).joined(), to: path)
                try await run.wait("what is new") { $0.ticks.count >= 5000 }
                try append("{\"price\":", to: path)
                try append(" 5001}\n", to: path)
                try await run.wait("what was added") { $0.ticks.count == 5001 }

                try #require(FileHandle(forWritingAtPath: path)).truncate(atOffset: 0)
                try append(line(5002), to: path)
                try await run.wait("what was written after truncation") { $0.ticks.count == 5002 }

                try FileManager.default.moveItem(atPath: path, toPath: path + ".1")
                try append(line(5003), to: path + ".1")
                try await run.wait("what was written to the old name's file") { $0.ticks.count == 5003 }
                try append(line(5004) + line(5005), to: path)
                try await run.wait("what the new file has") { $0.ticks.count == 5005 }
                #expect(run.ticks.map(\.price) == (1...5005).map(Double.init))
                #expect(run.states == ["connected"])
            }
        }
    }

    @Test func `a file that is not there yet is waited for`() async throws {
        try await withFolder { folder in
            let path = folder + "/prices.ndjson"
            let run = FeedRun(.sample(.file(path: path)))
            try await run.during {
                try await run.wait("missing") { $0.states == ["\(path) does not exist"] }
                try append(line(1), to: path)
                try await run.wait("found") { $0.ticks.count == 1 }
                #expect(run.states.last == "connected")
            }
        }
    }

    @Test func `what is no file is not waited on, and stopping is possible`() async throws {
        try await withFolder { folder in
            let path = folder + "/prices.ndjson"
            try Recordings.run("mkfifo", path)
            let run = FeedRun(.sample(.file(path: path)))
            try await run.during {
                try await run.wait("refused") { $0.states == ["\(path) is not a file"] }
                try FileManager.default.removeItem(atPath: path)
                try append(line(1), to: path)
                try await run.wait("found") { $0.ticks.count == 1 }
            }
        }
    }

    // MARK: standard input

    @Test func `a pipe is read until it ends`() async throws {
        let pipe = Pipe()
        var environment = FeedRun.environment
        environment.standardInput = pipe.fileHandleForReading.fileDescriptor
        let run = FeedRun(.sample(.standardInput), environment)
        try await run.during {
            try await run.wait("open") { $0.states == ["connected"] }
            try pipe.fileHandleForWriting.write(contentsOf: Data((line(1) + line(2) + "{\"price\": 3}").utf8))
            try await run.wait("lines") { $0.ticks.count == 2 }
            try pipe.fileHandleForWriting.close()
            try await run.wait("the end") { $0.states.last == "standard input has ended" }
            #expect(run.ticks.map(\.price) == [1, 2, 3])
        }
    }

    @Test func `/dev/null as standard input has ended`() async throws {
        let null = try #require(FileHandle(forReadingAtPath: "/dev/null"))
        var environment = FeedRun.environment
        environment.standardInput = null.fileDescriptor
        let run = FeedRun(.sample(.standardInput), environment)
        try await run.during {
            try await run.wait("the end") { $0.states == ["connected", "standard input has ended"] }
            #expect(run.ticks.isEmpty)
        }
        try null.close()
    }

    @Test func `a file as standard input is read to its end`() async throws {
        try await withFolder { folder in
            try append(line(1) + line(2), to: folder + "/prices")
            let file = try #require(FileHandle(forReadingAtPath: folder + "/prices"))
            var environment = FeedRun.environment
            environment.standardInput = file.fileDescriptor
            let run = FeedRun(.sample(.standardInput), environment)
            try await run.during {
                try await run.wait("the end") { $0.states.last == "standard input has ended" }
                #expect(run.ticks.map(\.price) == [1, 2])
            }
            try file.close()
        }
    }
}
