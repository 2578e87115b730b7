import NIOCore

/// Cuts a byte stream into lines, and gives up on one that is too long.
struct LineDecoder: ByteToMessageDecoder {
    enum Line: Sendable, Equatable {
        /// Without its newline. The stream's last line may lack one.
        case complete(ByteBuffer)
        /// Nothing follows it: where the next line would start is unknown.
        case tooLong
    }
    typealias InboundOut = Line

    /// Bytes, the newline not counted.
    let limit: Int
    /// Bytes already known to hold no newline, so that a line sent byte by byte is not searched again and again.
    private var searched = 0
    private var gaveUp = false

    init(limit: Int) { self.limit = limit }

    mutating func decode(context: ChannelHandlerContext, buffer: inout ByteBuffer) -> DecodingState {
        if gaveUp {
            buffer.clear()
            return .needMoreData
        }
        let unsearched = buffer.readableBytesView.dropFirst(searched)
        let newline = unsearched.firstIndex(of: UInt8(ascii: "\n"))
        let length = newline.map { $0 - buffer.readerIndex } ?? buffer.readableBytes
        guard length <= limit else {
            gaveUp = true
            buffer.clear()
            context.fireChannelRead(wrapInboundOut(.tooLong))
            return .needMoreData
        }
        guard newline != nil, let line = buffer.readSlice(length: length) else {
            searched = length
            return .needMoreData
        }
        buffer.moveReaderIndex(forwardBy: 1)
        searched = 0
        context.fireChannelRead(wrapInboundOut(.complete(line)))
        return .continue
    }

    mutating func decodeLast(context: ChannelHandlerContext, buffer: inout ByteBuffer, seenEOF: Bool) -> DecodingState {
        while decode(context: context, buffer: &buffer) == .continue {}
        if let rest = buffer.readSlice(length: buffer.readableBytes), rest.readableBytes > 0 {
            context.fireChannelRead(wrapInboundOut(.complete(rest)))
        }
        return .needMoreData
    }
}
