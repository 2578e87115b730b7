import NIOCore

/// Cuts a byte stream into lines. One that is too long is passed over.
struct LineSplitter {
    /// The longest line, in bytes, its newline not counted.
    static let limit = 64 * 1024

    /// The beginning of a line whose end has not come.
    private var pending = ByteBuffer()
    private var isSkipping = false

    /// - Parameters:
    ///   - line: Every line that has something in it, without its newline.
    ///   - skipped: Every line that is too long.
    mutating func split(_ buffer: ByteBuffer, line: (Span<UInt8>) -> Void, skipped: () -> Void) {
        let bytes = buffer.readableBytesUInt8Span
        var start = 0
        let count = bytes.count
        for place in 0..<count where bytes[place] == UInt8(ascii: "\n") {
            if pending.readableBytes == 0, !isSkipping, place - start <= Self.limit {
                Self.tell(bytes.extracting(start..<place), line)
            } else {
                keep(buffer, start..<place)
                end(line, skipped)
            }
            start = place + 1
        }
        keep(buffer, start..<count)
    }

    /// The stream has ended: its last line may lack a newline.
    mutating func finish(line: (Span<UInt8>) -> Void, skipped: () -> Void) { end(line, skipped) }

    private mutating func end(_ line: (Span<UInt8>) -> Void, _ skipped: () -> Void) {
        if isSkipping { skipped() } else { Self.tell(pending.readableBytesUInt8Span, line) }
        pending.clear()
        isSkipping = false
    }

    /// - Parameter range: Counted from the buffer's first readable byte.
    private mutating func keep(_ buffer: ByteBuffer, _ range: Range<Int>) {
        if isSkipping || range.isEmpty { return }
        guard pending.readableBytes + range.count <= Self.limit,
            let rest = buffer.getSlice(at: buffer.readerIndex + range.lowerBound, length: range.count)
        else {
            isSkipping = true
            pending.clear()
            return
        }
        pending.writeImmutableBuffer(rest)
    }

    private static func tell(_ bytes: Span<UInt8>, _ line: (Span<UInt8>) -> Void) {
        if !isBlank(bytes) { line(bytes) }
    }

    private static func isBlank(_ bytes: Span<UInt8>) -> Bool {
        for place in 0..<bytes.count where bytes[place] != UInt8(ascii: " ") && bytes[place] != UInt8(ascii: "\r") {
            return false
        }
        return true
    }
}

/// Lines of a channel to a feed's reader.
final class LineHandler: ChannelInboundHandler {
    typealias InboundIn = ByteBuffer

    private let reader: FeedReader
    private let ended: () -> Void
    private var splitter = LineSplitter()

    init(_ reader: FeedReader, ended: @escaping () -> Void) {
        self.reader = reader
        self.ended = ended
    }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        splitter.split(unwrapInboundIn(data)) {
            reader.read($0)
        } skipped: {
            reader.skippedLine()
        }
    }

    func channelReadComplete(context: ChannelHandlerContext) { reader.flush() }

    func channelInactive(context: ChannelHandlerContext) {
        splitter.finish {
            reader.read($0)
        } skipped: {
            reader.skippedLine()
        }
        reader.flush()
        ended()
    }

    func errorCaught(context: ChannelHandlerContext, error: any Error) { context.close(promise: nil) }
}
