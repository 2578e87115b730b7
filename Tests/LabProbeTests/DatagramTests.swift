import LabProbe
import Testing

@Suite struct DatagramTests {
    @Test func `what is written is what is read`() {
        let datagram = Datagram(sequence: 7, value: 2_000_000, sentAt: 1_234_567_890_123_456_789)
        var bytes = [UInt8](repeating: 0xff, count: 64)
        bytes.withUnsafeMutableBytes { datagram.write(to: $0) }
        #expect(bytes.withUnsafeBytes { Datagram($0) } == datagram)
        #expect(bytes[32...].allSatisfy { $0 == 0xff })
    }

    @Test func `the value is where a payload rule looks for it`() {
        var bytes = [UInt8](repeating: 0, count: Datagram.minimumSize)
        bytes.withUnsafeMutableBytes { Datagram(sequence: 0, value: 0x0102_0304, sentAt: 0).write(to: $0) }
        #expect(bytes[16..<24] == [0, 0, 0, 0, 1, 2, 3, 4])
    }

    @Test(arguments: [0, 1, 31])
    func `a datagram cut short is not a probe's`(length: Int) {
        var bytes = [UInt8](repeating: 0, count: Datagram.minimumSize)
        bytes.withUnsafeMutableBytes { Datagram(sequence: 1, value: 1, sentAt: 1).write(to: $0) }
        #expect(bytes.withUnsafeBytes { Datagram($0) } != nil)
        #expect(bytes[..<length].withUnsafeBytes { Datagram($0) } == nil)
    }

    @Test func `a stranger's datagram is not a probe's`() {
        let bytes = [UInt8](repeating: 0x6c, count: 64)
        #expect(bytes.withUnsafeBytes { Datagram($0) } == nil)
    }
}

@Suite struct EndpointTests {
    @Test(arguments: ["10.0.0.2:7001", "0.0.0.0:0", "[fd00::2]:65535", "[::]:1"])
    func `an address literal and a port are an endpoint`(text: String) {
        #expect(Endpoint(argument: text) != nil)
    }

    @Test(arguments: [
        "", ":", "10.0.0.2", "10.0.0.2:", "10.0.0.2:65536", "10.0.0:1", "fd00::2", "fd00::2:7001", "[fd00::2]",
        "[10.0.0.2]:1", "localhost:1", "10.0.0.2:-1", "[]:1",
    ])
    func `anything else is not`(text: String) {
        #expect(Endpoint(argument: text) == nil)
    }
}
