import CZlib
import Glibc

/// The bytes of a file, decompressed where it is gzip's. All of this room's unsafe code.
enum GzipFile {
    enum Failure: Error, Equatable {
        case unreadable(reason: String)
        case tooLong
    }

    /// - Parameter most: The longest it may be, decompressed, in bytes.
    static func read(_ path: String, most: Int) throws(Failure) -> [UInt8] {
        guard let file = unsafe gzopen(path, "rbe") else { throw .unreadable(reason: message(errno)) }
        defer { _ = unsafe gzclose(file) }
        _ = unsafe gzbuffer(file, 1 << 18)
        var bytes: [UInt8] = []
        var chunk = [UInt8](repeating: 0, count: 1 << 18)
        while true {
            let count = unsafe chunk.withUnsafeMutableBytes { buffer in
                unsafe gzread(file, buffer.baseAddress, UInt32(buffer.count))
            }
            guard count >= 0 else { throw unsafe .unreadable(reason: reason(file, path)) }
            if count == 0 { break }
            bytes.append(contentsOf: chunk[..<Int(count)])
            guard bytes.count <= most else { throw .tooLong }
        }
        // A file that was cut short ends like one that was not.
        var code: Int32 = 0
        _ = unsafe gzerror(file, &code)
        guard code == Z_OK || code == Z_STREAM_END else { throw unsafe .unreadable(reason: reason(file, path)) }
        return bytes
    }

    private static func reason(_ file: gzFile, _ path: String) -> String {
        let failure = errno
        var code: Int32 = 0
        let text = unsafe gzerror(file, &code)
        if code == Z_ERRNO { return message(failure) }
        let words = unsafe text.map { unsafe String(cString: $0) } ?? "not gzip"
        // zlib names the file, and so does whoever asks.
        return words.hasPrefix(path + ": ") ? String(words.dropFirst(path.count + 2)) : words
    }

    private static func message(_ code: Int32) -> String { unsafe String(cString: strerror(code)) }
}
