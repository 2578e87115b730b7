import ArgumentParser
import Glibc

/// `02:00:00:00:01:01`
struct MAC: ExpressibleByArgument {
    let bytes: [UInt8]

    init?(argument: String) {
        bytes = argument.split(separator: ":").compactMap { UInt8($0, radix: 16) }
        guard bytes.count == 6, argument.utf8.count == 17 else { return nil }
    }
}

/// A small UDP datagram without checksum, in an Ethernet frame.
struct UDPFrame {
    private(set) var bytes: [UInt8]

    /// The shortest frame there is, with 18 bytes of zeros.
    init(from: Endpoint, to: Endpoint, fromMAC: MAC, toMAC: MAC) {
        self.init(from, to, fromMAC, toMAC, payload: [UInt8](repeating: 0, count: 18))
    }

    /// A VXLAN packet around a frame.
    init(tunnelling frame: [UInt8], vni: UInt32, from: Endpoint, to: Endpoint) {
        let header: [UInt8] = [0x08, 0, 0, 0] + withUnsafeBytes(of: (vni << 8).bigEndian) { Array($0) }
        let nobody = MAC(argument: "02:00:00:00:00:01")!
        self.init(from, to, nobody, nobody, payload: header + frame)
    }

    private init(_ from: Endpoint, _ to: Endpoint, _ fromMAC: MAC, _ toMAC: MAC, payload: [UInt8]) {
        let (length, udpLength) = (UInt8(28 + payload.count), UInt8(8 + payload.count))
        let header: [UInt8] =
            [0x45, 0, 0, length, 0, 0, 0x40, 0, 64, 17, 0, 0] + from.ipv4.address + to.ipv4.address
        var sum = stride(from: 0, to: header.count, by: 2).reduce(UInt32(0)) {
            $0 + UInt32(header[$1]) << 8 + UInt32(header[$1 + 1])
        }
        sum = sum & 0xffff + sum >> 16
        let checksum = ~UInt16(truncatingIfNeeded: sum & 0xffff + sum >> 16)
        bytes = toMAC.bytes + fromMAC.bytes + [0x08, 0x00] + header
        (bytes[24], bytes[25]) = (UInt8(checksum >> 8), UInt8(checksum & 0xff))
        bytes += from.ipv4.port + to.ipv4.port + [0, udpLength, 0, 0] + payload
    }
}

extension Endpoint {
    /// In network byte order.
    fileprivate var ipv4: (address: [UInt8], port: [UInt8]) {
        withSocketAddress { address, _ in
            address.withMemoryRebound(to: sockaddr_in.self, capacity: 1) { pointer in
                let copy = pointer.pointee
                return (
                    withUnsafeBytes(of: copy.sin_addr) { Array($0) }, withUnsafeBytes(of: copy.sin_port) { Array($0) }
                )
            }
        }
    }
}
