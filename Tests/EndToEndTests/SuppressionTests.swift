import Testing

extension EndToEnd {
    /// Tenants that ask who has an address, after somebody has said so.
    @Suite(.carried(ny: .shaper, ldn: .shaper)) struct Suppression {
        private static let question = (
            arp: MAC.broadcast.bytes + MAC.lab(1, 1).bytes + [0x08, 0x06],
            solicitation: [0x33, 0x33, 0xff, 0, 0, 2] + MAC.lab(1, 1).bytes + [0x86, 0xdd]
        )

        @Test(arguments: [("10.0.0.2", question.arp), ("fd00::2", question.solicitation)])
        func `what a peer's tenant has said once is not asked again across the underlay`(
            address: String, question: [UInt8]
        ) throws {
            for tenant in [Host.nyA, .ldnA] { try run("ip neigh flush dev eth0", on: tenant) }
            let socket = try FrameSocket(on: .ldnA, interface: "eth0")
            func ask() throws -> Int {
                try run("ping -c 1 -W 1 \(address)", on: .nyA)
                return try socket.frames(with: question).count
            }
            #expect(try ask() == 1)
            for _ in 0..<3 {
                try run("ip neigh flush dev eth0", on: .nyA)
                #expect(try ask() == 0)
            }
        }
    }
}
