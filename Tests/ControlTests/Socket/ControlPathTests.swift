import Foundation
import NIOCore
import NIOPosix
import SystemPackage
import Testing

@testable import Control

/// Who may serve a path, and what is left there.
@Suite("Control socket's path", .timeLimit(.minutes(1)))
struct ControlPathTests {
    @Test("the socket is for its owner and group, and gone afterwards")
    func modeAndRemoval() async throws {
        let fixture = try SocketFixture()
        let path = fixture.path
        try await SocketFixture.withServer(at: path) {
            let file = try Stat(FilePath(path))
            #expect(file.permissions == FilePermissions(rawValue: 0o660))
        }
        #expect(try fixture.names == [])
    }

    @Test("a missing folder is made")
    func missingFolder() async throws {
        let fixture = try SocketFixture()
        let path = fixture.folder + "/run/ny.sock"
        try await SocketFixture.withServer(at: path) {
            try await SocketFixture.expectSuccess(at: path)
        }
    }

    @Test("a second daemon is refused by the pid of the first, which goes on")
    func twoServers() async throws {
        let fixture = try SocketFixture()
        let path = fixture.path
        let (first, second) = (ControlResponse.success("first"), ControlResponse.success("second"))
        try await SocketFixture.withServer(at: path, handler: { _ in first }) {
            let pid = ProcessInfo.processInfo.processIdentifier
            let error = await #expect(throws: ControlSocketError.self) {
                try await SocketFixture.withServer(at: path, handler: { _ in second }) {}
            }
            #expect(error == .alreadyServed(path: path, pid: pid))
            #expect(error?.description == "another shaperctl run is serving this node, pid \(pid)")
            let answer = try await ControlClient.send(.status, to: path)
            #expect(answer == first)
        }
    }

    @Test("of many daemons started at once, exactly one serves")
    func race() async throws {
        let fixture = try SocketFixture()
        let path = fixture.path
        try await SocketFixture.abandonSocket(at: path)
        let daemons = 8
        let (refusals, refused) = AsyncStream.makeStream(of: Void.self)
        try await withThrowingTaskGroup(of: Void.self) { group in
            for _ in 0..<daemons {
                group.addTask {
                    do {
                        // Who serves goes on until all the others have given up; two would wait forever.
                        try await SocketFixture.withServer(at: path) {
                            var refusals = refusals.makeAsyncIterator()
                            for _ in 1..<daemons { await refusals.next() }
                        }
                    } catch ControlSocketError.alreadyServed {
                        refused.yield()
                    }
                }
            }
            try await group.waitForAll()
        }
        #expect(try fixture.names == [])
    }

    @Test("the socket and lock files of a dead daemon are replaced")
    func stale() async throws {
        let fixture = try SocketFixture()
        let path = fixture.path
        try await SocketFixture.abandonSocket(at: path)
        try "1\n".write(toFile: path + ".lock", atomically: false, encoding: .utf8)
        try await SocketFixture.withServer(at: path) {
            try await SocketFixture.expectSuccess(at: path)
        }
        #expect(try fixture.names == [])
    }

    @Test("a socket that another program serves is left to it")
    func foreignSocket() async throws {
        let fixture = try SocketFixture()
        let path = fixture.path
        let other = try await ServerBootstrap(group: .singletonMultiThreadedEventLoopGroup)
            .bind(unixDomainSocketPath: path).get()
        await #expect(throws: ControlSocketError.alreadyServed(path: path, pid: nil)) {
            try await SocketFixture.withServer(at: path) {}
        }
        #expect(try fixture.names == ["ny.sock"])
        try await other.close()
    }

    @Test("a file that is no socket is left alone")
    func notASocket() async throws {
        let fixture = try SocketFixture()
        let path = fixture.path
        try "precious".write(toFile: path, atomically: false, encoding: .utf8)
        await #expect(throws: ControlSocketError.notASocket(path: path)) {
            try await SocketFixture.withServer(at: path) {}
        }
        #expect(try String(contentsOfFile: path, encoding: .utf8) == "precious")
    }

    @Test("at shutdown only the daemon's own socket file is removed")
    func replacedWhileRunning() async throws {
        let fixture = try SocketFixture()
        let path = fixture.path
        try await SocketFixture.withServer(at: path) {
            // Kept under another name, so that its inode number is not given to the next file.
            try FileManager.default.moveItem(atPath: path, toPath: path + ".old")
            try await SocketFixture.abandonSocket(at: path)
        }
        #expect(try fixture.names == ["ny.sock", "ny.sock.old"])
    }

    @Test("a name too long for a socket is an error that says so")
    func longPath() async throws {
        let fixture = try SocketFixture()
        let path = fixture.folder + "/" + String(repeating: "n", count: 120)
        await #expect(throws: ControlSocketError.pathTooLong(path: path)) {
            try await SocketFixture.withServer(at: path) {}
        }
        await #expect(throws: ControlSocketError.pathTooLong(path: path)) {
            try await ControlClient.send(.status, to: path)
        }
        #expect(try fixture.names == [])
    }
}
