import Testing

@testable import PacketLab

@Suite("packets: the capture reader")
struct PacketCaptureTests {
    /// Two records, the second cut to 2 of 1500 bytes by the one who recorded it.
    private func file(magic: [UInt8], isBig: Bool, linkType: UInt32 = 1) -> [UInt8] {
        func word(_ value: UInt32) -> [UInt8] { isBig ? value.wire : value.wire.reversed() }
        var file = magic + [0, 2, 0, 4] + [UInt32](repeating: 0, count: 2).flatMap(word) + word(65535) + word(linkType)
        file += word(1) + word(5) + word(3) + word(3) + [7, 8, 9]
        return file + word(2) + word(0) + word(2) + word(1500) + [1, 2]
    }

    @Test(
        "both orders of bytes, micro- and nanoseconds",
        arguments: [
            ([0xA1, 0xB2, 0xC3, 0xD4], true, 5000), ([0xD4, 0xC3, 0xB2, 0xA1], false, 5000),
            ([0xA1, 0xB2, 0x3C, 0x4D], true, 5), ([0x4D, 0x3C, 0xB2, 0xA1], false, 5),
        ] as [([UInt8], Bool, UInt64)])
    func formats(magic: [UInt8], isBig: Bool, fraction: UInt64) throws {
        let capture = try PacketCapture(file(magic: magic, isBig: isBig))
        #expect(
            capture.records == [
                PacketCapture.Record(time: 1_000_000_000 + fraction, length: 3, bytes: [7, 8, 9]),
                PacketCapture.Record(time: 2_000_000_000, length: 1500, bytes: [1, 2]),
            ])
        #expect(try capture.frames() == [[7, 8, 9], [1, 2]])
    }

    @Test("what is no capture, or not of Ethernet, is told")
    func refusals() throws {
        let good = file(magic: [0xA1, 0xB2, 0xC3, 0xD4], isBig: true)
        #expect(throws: PacketCapture.Malformed.cutShort(at: 3)) { try PacketCapture([1, 2, 3]) }
        #expect(throws: PacketCapture.Malformed.noCapture(magic: 0x0A0D_0D0A)) {
            try PacketCapture([0x0A, 0x0D, 0x0D, 0x0A] + good.dropFirst(4))
        }
        let ppp = try PacketCapture(file(magic: [0xD4, 0xC3, 0xB2, 0xA1], isBig: false, linkType: 9))
        #expect(throws: PacketCapture.Malformed.notEthernet(linkType: 9)) { try ppp.frames() }
    }

    @Test("a file cut anywhere is a file of its whole records, or refused")
    func cuts() throws {
        let good = file(magic: [0xA1, 0xB2, 0xC3, 0xD4], isBig: true)
        let whole = [24: 0, 43: 1, 61: 2]
        for length in 0...good.count {
            let capture = try? PacketCapture(Array(good.prefix(length)))
            #expect(capture?.records.count == whole[length], "\(length) bytes")
        }
    }
}
