/// What a probe datagram carries, in network byte order:
///
///     0   magic      so that strangers' datagrams are not counted
///     8   sequence   from 0
///     16  value      what a policy's `payload` rule can compare (`offset: 16, width: 8`)
///     24  sentAt     ns of CLOCK_REALTIME
///     32  zeros, up to the size asked for
package struct Datagram: Equatable {
    package static let minimumSize = 32
    /// The largest UDP payload IPv4 can carry.
    package static let maximumSize = 65507
    private static let magic: UInt64 = 0x6c61_622d_7072_6f62  // "lab-prob"

    package var sequence: UInt64
    package var value: UInt64
    package var sentAt: UInt64

    package init(sequence: UInt64, value: UInt64, sentAt: UInt64) {
        self.sequence = sequence
        self.value = value
        self.sentAt = sentAt
    }

    /// nil: not a probe datagram.
    package init?(_ bytes: UnsafeRawBufferPointer) {
        func word(_ offset: Int) -> UInt64 {
            UInt64(bigEndian: bytes.loadUnaligned(fromByteOffset: offset, as: UInt64.self))
        }
        guard bytes.count >= Self.minimumSize, word(0) == Self.magic else { return nil }
        self.init(sequence: word(8), value: word(16), sentAt: word(24))
    }

    /// Overwrites the first `minimumSize` bytes; the rest of `bytes` is left as it is.
    package func write(to bytes: UnsafeMutableRawBufferPointer) {
        precondition(bytes.count >= Self.minimumSize)
        for (index, word) in [Self.magic, sequence, value, sentAt].enumerated() {
            bytes.storeBytes(of: word.bigEndian, toByteOffset: index * 8, as: UInt64.self)
        }
    }
}
