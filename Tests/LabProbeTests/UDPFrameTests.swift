import Testing

@testable import LabProbe

@Suite struct UDPFrameTests {
    private func frame() throws -> [UInt8] {
        UDPFrame(
            from: try #require(Endpoint(argument: "10.0.0.1:4000")), to: try #require(Endpoint(argument: "10.0.0.2:9")),
            fromMAC: try #require(MAC(argument: "02:00:00:00:01:01")),
            toMAC: try #require(MAC(argument: "02:00:00:00:02:01"))
        ).bytes
    }

    @Test func `a frame is as short as Ethernet allows, and says so in its headers`() throws {
        let frame = try frame()
        #expect(frame.count == 60)
        #expect(Array(frame[..<14]) == [2, 0, 0, 0, 2, 1, 2, 0, 0, 0, 1, 1, 8, 0])
        #expect(frame[16...17] == [0, 46] && frame[38...39] == [0, 26], "lengths of IP and UDP")
        #expect(Array(frame[26..<34]) == [10, 0, 0, 1, 10, 0, 0, 2])
        #expect(Array(frame[34..<38]) == [0x0f, 0xa0, 0, 9])
    }

    @Test func `its IP header adds up`() throws {
        let header = try frame()[14..<34].map(UInt32.init)
        let sum = stride(from: 0, to: 20, by: 2).reduce(0) { $0 + header[$1] << 8 + header[$1 + 1] }
        #expect(sum & 0xffff + sum >> 16 == 0xffff)
    }

    @Test(arguments: [
        "", "02:00:00:00:01", "02:00:00:00:01:01:01", "2:0:0:0:1:1", "02-00-00-00-01-01", "02:00:00:00:01:0g",
    ])
    func `what is no MAC address is none`(text: String) { #expect(MAC(argument: text) == nil) }
}
