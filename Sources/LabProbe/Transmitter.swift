import Glibc

/// Sends numbered datagrams of one size to one place, and keeps count.
struct Transmitter: ~Copyable {
    private let socket: UDPSocket
    private let destination: Endpoint
    private let value: UInt64
    private var buffer: [UInt8]
    private(set) var sent: UInt64 = 0
    private(set) var refused: UInt64 = 0
    private var lastRefusal: Int32 = 0

    init(from source: Endpoint?, to destination: Endpoint, size: Int, value: UInt64 = 0) throws {
        let socket = try UDPSocket(family: destination.family)
        try socket.enlargeBuffers()
        if let source { try socket.bind(to: source) }
        self.socket = socket
        self.destination = destination
        self.value = value
        buffer = [UInt8](repeating: 0, count: size)
    }

    /// A refused datagram counts: its sequence number is spent.
    mutating func sendNext() {
        let sequence = sent + refused
        let refusal = buffer.withUnsafeMutableBytes { bytes in
            // The clock is read last: what comes after it is the network's time.
            Datagram(sequence: sequence, value: value, sentAt: now(CLOCK_REALTIME)).write(to: bytes)
            return socket.send(UnsafeRawBufferPointer(bytes), to: destination)
        }
        if refusal == 0 {
            sent += 1
        } else {
            refused += 1
            lastRefusal = refusal
        }
    }

    /// Prints what was sent; throws when nothing was.
    func report(seconds: Double, json: Bool) throws {
        if sent == 0, refused > 0 { throw SocketError(operation: "sendto", code: lastRefusal) }
        let report = SendReport(sent: sent, refused: refused, seconds: seconds)
        print(json ? try encodeJSON(report) : "sent \(sent), refused \(refused) in \(seconds.rounded(to: 3)) s")
    }
}

/// `refused`: the kernel would not take them, so they never were on the network.
struct SendReport: Codable {
    var sent: UInt64
    var refused: UInt64
    var seconds: Double
}
