import NIOCore
import NIOWebSocket

/// An established WebSocket: messages to the feed's reader, pings both ways, and an end when it is quiet for too long.
final class WebSocketHandler: ChannelInboundHandler {
    typealias InboundIn = WebSocketFrame
    typealias OutboundOut = WebSocketFrame

    /// The longest message, however many frames it comes in, in bytes.
    static let messageLimit = 1 << 20

    private let reader: FeedReader
    private let subscription: Subscription
    private let timing: WebSocketTiming
    private let silence: Duration
    /// Why it ended.
    private let ended: EventLoopPromise<String>

    /// A message of which more is to come.
    private var fragments: ByteBuffer?
    private var hasNews = false
    private var isPongDue = false
    private var isClosing = false
    /// The first is the cause; what follows it are its consequences.
    private var reason: String?
    private var lastNews = NIODeadline.now()
    private var timers: [Scheduled<Void>] = []
    /// nil before it is in its pipeline, and after.
    private var context: ChannelHandlerContext?

    init(
        reader: FeedReader, subscription: Subscription, timing: WebSocketTiming, silence: Duration,
        ended: EventLoopPromise<String>
    ) {
        self.reader = reader
        self.subscription = subscription
        self.timing = timing
        self.silence = silence
        self.ended = ended
    }

    func handlerAdded(context: ChannelHandlerContext) { self.context = context }

    func handlerRemoved(context: ChannelHandlerContext) {
        self.context = nil
        finish()
    }

    /// Asks for what is wanted. Once, on the event loop, before anything is read.
    func start() {
        guard let context, context.channel.isActive else { return }
        reader.connected()
        for request in subscription.requests { send(.text, ByteBuffer(string: request), context) }
        lastNews = .now()
        pingLater(context)
        listenUntil(lastNews + TimeAmount(silence), context)
    }

    func channelInactive(context: ChannelHandlerContext) {
        finish()
        context.fireChannelInactive()
    }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        let frame = unwrapInboundIn(data)
        guard !isClosing else {
            if frame.opcode == .connectionClose { context.close(promise: nil) }
            return
        }
        // No extension is ever agreed on, and servers do not mask.
        guard !frame.rsv1, !frame.rsv2, !frame.rsv3, frame.maskKey == nil else {
            return fail("the server breaks the WebSocket protocol", .protocolError, context)
        }
        switch frame.opcode {
        case .text, .binary:
            guard fragments == nil else {
                return fail("the server breaks the WebSocket protocol", .protocolError, context)
            }
            if frame.fin { read(frame.data, context) } else { fragments = frame.data }
        case .continuation:
            guard var whole = fragments else {
                return fail("the server breaks the WebSocket protocol", .protocolError, context)
            }
            guard whole.readableBytes + frame.data.readableBytes <= Self.messageLimit else {
                return fail("a message is longer than \(Self.messageLimit) bytes", .messageTooLarge, context)
            }
            fragments = nil
            whole.writeImmutableBuffer(frame.data)
            if frame.fin { read(whole, context) } else { fragments = whole }
        // Answers are not heaped up for a server that does not read them.
        case .ping where context.channel.isWritable: send(.pong, frame.data, context)
        case .ping: break
        case .pong: isPongDue = false
        case .connectionClose: answerClose(frame.data, context)
        default: fail("the server breaks the WebSocket protocol", .protocolError, context)
        }
    }

    func channelReadComplete(context: ChannelHandlerContext) {
        reader.flush()
        if hasNews {
            hasNews = false
            lastNews = .now()
        }
    }

    func errorCaught(context: ChannelHandlerContext, error: any Error) {
        switch error {
        case NIOWebSocketError.invalidFrameLength:
            fail("a message is longer than \(Self.messageLimit) bytes", .messageTooLarge, context)
        case is NIOWebSocketError: fail("the server breaks the WebSocket protocol", .protocolError, context)
        default:
            reason = reason ?? "\(error)"
            context.close(promise: nil)
        }
    }

    /// Says goodbye and closes. On the event loop.
    func leave() {
        if let context { fail("stopped", .goingAway, context) }
    }

    private func read(_ message: ByteBuffer, _ context: ChannelHandlerContext) {
        switch reader.read(message.readableBytesUInt8Span) {
        case .news: hasNews = true
        // As with pings.
        case .question where context.channel.isWritable:
            if let answer = subscription.answer { send(.text, ByteBuffer(string: answer), context) }
        case .refusal: fail("the exchange refuses what it is asked for", .normalClosure, context)
        case .question, .aside, nil: break
        }
    }

    private func answerClose(_ data: ByteBuffer, _ context: ChannelHandlerContext) {
        var data = data
        let code = data.readInteger(as: UInt16.self)
        reason = reason ?? "the server closed the connection" + (code.map { " (\($0))" } ?? "")
        var answer = ByteBuffer()
        if let code { answer.writeInteger(code) }
        let channel = context.channel
        close(answer, context).whenComplete { _ in channel.close(promise: nil) }
    }

    /// Gives the connection up: a close frame, and a moment for the server to answer it.
    private func fail(_ why: String, _ code: WebSocketErrorCode, _ context: ChannelHandlerContext) {
        reason = reason ?? why
        guard !isClosing else { return }
        var frame = ByteBuffer()
        frame.write(webSocketErrorCode: code)
        close(frame, context)
    }

    /// Whatever becomes of the frame, the connection ends in a moment.
    @discardableResult
    private func close(_ frame: ByteBuffer, _ context: ChannelHandlerContext) -> EventLoopFuture<Void> {
        isClosing = true
        fragments = nil
        let channel = context.channel
        timers.append(
            context.eventLoop.scheduleTask(in: TimeAmount(timing.goodbye)) { channel.close(promise: nil) })
        return send(.connectionClose, frame, context)
    }

    private func finish() {
        for timer in timers { timer.cancel() }
        timers = []
        reader.flush()
        ended.succeed(reason ?? "the connection was cut")
    }

    @discardableResult
    private func send(
        _ opcode: WebSocketOpcode, _ data: ByteBuffer, _ context: ChannelHandlerContext
    ) -> EventLoopFuture<Void> {
        let frame = WebSocketFrame(fin: true, opcode: opcode, maskKey: .random(), data: data)
        return context.writeAndFlush(wrapOutboundOut(frame))
    }

    private func pingLater(_ context: ChannelHandlerContext) {
        later(TimeAmount(timing.ping), context) { [self] context in
            if isPongDue { return fail("no answer to a ping for \(timing.ping)", .goingAway, context) }
            isPongDue = true
            send(.ping, ByteBuffer(), context)
            pingLater(context)
        }
    }

    private func listenUntil(_ deadline: NIODeadline, _ context: ChannelHandlerContext) {
        later(deadline - .now(), context) { [self] context in
            let end = lastNews + TimeAmount(silence)
            if end <= .now() { return fail("no news for \(silence)", .goingAway, context) }
            listenUntil(end, context)
        }
    }

    private func later(
        _ delay: TimeAmount, _ context: ChannelHandlerContext, _ body: @escaping (ChannelHandlerContext) -> Void
    ) {
        // At most two are waiting, and the goodbye.
        if timers.count > 8 { timers.removeFirst(timers.count - 4) }
        timers.append(
            context.eventLoop.assumeIsolated().scheduleTask(in: delay) { [self] in
                if !isClosing { body(context) }
            })
    }
}
