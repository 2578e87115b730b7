import NIOCore
import NIOFileSystem
import SystemPackage

/// Lines of a file. One that is followed is read as `tail -F` does: what is added from now on, also when the file is
/// truncated or another one takes its name, which is then read from its beginning. What it says of the past would be
/// taken for now. One that is not followed is read once, from its beginning to its end.
struct FileFeed: Sendable {
    let path: String
    let isFollowed: Bool
    let reader: NIOLoopBound<FeedReader>
    let loop: any EventLoop
    let poll: Duration

    private static let chunk = 256 * 1024

    func run() async {
        var isFirst = true
        while !Task.isCancelled {
            if !isFirst { loop.execute { reader.value.reconnecting() } }
            let isPast = isFollowed && isFirst
            isFirst = false
            do {
                let before = identity
                // Opening a FIFO waits for its other end, and nothing can end that.
                if isFollowed, let before, !before.isRegular { throw NoFile() }
                try await FileSystem.shared.withFileHandle(forReadingAt: FilePath(path)) { file in
                    // Renamed in between: what was opened is not known.
                    if identity == before { try await read(file, before, fromEnd: isPast) }
                }
                if !isFollowed {
                    await report { $0.lost("standard input has ended") }
                    return
                }
            } catch {
                if Task.isCancelled { return }
                await report { $0.lost(Self.text(error, path)) }
                if !isFollowed { return }
                await waitForFile()
            }
        }
    }

    /// Until another file has the name.
    private func read(_ file: ReadFileHandle, _ opened: Identity?, fromEnd: Bool) async throws {
        var offset = fromEnd ? try await file.info().size : 0
        let splitter = try await loop.submit {
            reader.value.connected()
            return NIOLoopBoundBox(LineSplitter(), eventLoop: loop)
        }.get()
        while true {
            try Task.checkCancellation()
            let bytes = try await file.readChunk(fromAbsoluteOffset: offset, length: .bytes(Int64(Self.chunk)))
            if bytes.readableBytes > 0 {
                offset += Int64(bytes.readableBytes)
                try await loop.submit {
                    splitter.value.split(bytes) {
                        reader.value.read($0)
                    } skipped: {
                        reader.value.skippedLine()
                    }
                    reader.value.flush()
                }.get()
                continue
            }
            guard isFollowed else { break }
            // Its old name may be gone for a moment, and who has it open may still write.
            if let named = identity, named != opened {
                if try await file.info().size > offset { continue }
                break
            }
            if try await file.info().size < offset {
                offset = 0
                try await loop.submit { splitter.value = LineSplitter() }.get()
                continue
            }
            try await Task.sleep(for: poll)
        }
        try await loop.submit {
            splitter.value.finish {
                reader.value.read($0)
            } skipped: {
                reader.value.skippedLine()
            }
            reader.value.flush()
        }.get()
    }

    private func waitForFile() async {
        while !Task.isCancelled {
            try? await Task.sleep(for: poll)
            if identity?.isRegular == true { return }
        }
    }

    private func report(_ body: @escaping @Sendable (FeedReader) -> Void) async {
        try? await loop.submit { body(reader.value) }.get()
    }

    private static func text(_ error: any Error, _ path: String) -> String {
        switch error {
        case let error as FileSystemError where error.code == .notFound: "\(path) does not exist"
        case is NoFile: "\(path) is not a file"
        case let error as FileSystemError: "\(path): \(error.message)"
        default: "\(path): \(error)"
        }
    }

    /// What has the name now; nil if nothing has.
    private var identity: Identity? { (try? Stat(SystemPackage.FilePath(path))).map(Identity.init) }

    private struct Identity: Equatable {
        var device: DeviceID
        var inode: Inode
        var isRegular: Bool

        init(_ stat: Stat) {
            device = stat.deviceID
            inode = stat.inode
            isRegular = stat.type == .regular
        }
    }

    /// A folder, a FIFO or a device.
    private struct NoFile: Error {}
}
