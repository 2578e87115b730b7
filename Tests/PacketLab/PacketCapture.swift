/// A recorded file of packets: the classic format of libpcap, in either order of bytes, with times in micro- or
/// nanoseconds.
struct PacketCapture {
    struct Record: Equatable {
        /// Nanoseconds since 1970.
        var time: UInt64
        /// How long it was on the wire; `bytes` may be fewer.
        var length: Int
        var bytes: [UInt8]
    }

    enum Malformed: Error, Equatable {
        case noCapture(magic: UInt32)
        case cutShort(at: Int)
        /// As registered at tcpdump.org: 0 is NULL, 9 PPP.
        case notEthernet(linkType: UInt32)
    }

    let linkType: UInt32
    let records: [Record]

    static let ethernet: UInt32 = 1

    init(_ file: [UInt8]) throws(Malformed) {
        guard file.count >= 24 else { throw .cutShort(at: file.count) }
        let magic = Self.word(file, 0, isBig: true)
        let isBig: Bool, tick: UInt64
        switch magic {
        case 0xA1B2_C3D4: (isBig, tick) = (true, 1000)
        case 0xD4C3_B2A1: (isBig, tick) = (false, 1000)
        case 0xA1B2_3C4D: (isBig, tick) = (true, 1)
        case 0x4D3C_B2A1: (isBig, tick) = (false, 1)
        default: throw .noCapture(magic: magic)
        }
        // The upper bits tell about a frame check sequence.
        linkType = Self.word(file, 20, isBig: isBig) & 0xFFFF
        var records: [Record] = []
        var place = 24
        while place < file.count {
            guard place + 16 <= file.count else { throw .cutShort(at: place) }
            let words = (0..<4).map { Self.word(file, place + 4 * $0, isBig: isBig) }
            let start = place + 16, end = start + Int(words[2])
            guard end <= file.count else { throw .cutShort(at: place) }
            let time = UInt64(words[0]) * 1_000_000_000 + UInt64(words[1]) * tick
            records.append(Record(time: time, length: Int(words[3]), bytes: Array(file[start..<end])))
            place = end
        }
        self.records = records
    }

    /// The frames of an Ethernet capture.
    func frames() throws(Malformed) -> [[UInt8]] {
        guard linkType == Self.ethernet else { throw .notEthernet(linkType: linkType) }
        return records.map(\.bytes)
    }

    private static func word(_ file: [UInt8], _ place: Int, isBig: Bool) -> UInt32 {
        let word = file[place..<place + 4].reduce(UInt32(0)) { $0 << 8 | UInt32($1) }
        return isBig ? word : word.byteSwapped
    }
}
