import Testing

extension EndToEnd {
    /// Tenants that were not told that the fabric takes 50 bytes of every packet.
    @Suite(.carried(ny: .shaper, ldn: .shaper)) struct PathMTU {
        private func setTenants(mtu: Int) throws {
            for tenant in [Host.nyA, .ldnA] {
                try run("ip link set eth0 mtu \(mtu)", on: tenant)
                // Routes forget what an earlier test has learned.
                try run("ip route flush cache", on: tenant)
                try run("ip -6 route flush cache", on: tenant)
            }
        }

        @Test(arguments: [("10.0.0.2", 1422, "Frag needed"), ("fd00::2", 1402, "Packet too big")])
        func `what just fits passes, and a byte more is answered`(address: String, size: Int, answer: String) throws {
            try setTenants(mtu: 1500)
            defer { _ = try? setTenants(mtu: 1450) }
            func ping(_ size: Int) throws -> Output {
                try attempt(
                    ["ping", "-M", "do", "-c", "2", "-i", "0.2", "-W", "1", "-s", String(size), address], on: .nyA)
            }
            #expect(try ping(size).status == 0)
            let tooLong = try ping(size + 1)
            #expect(tooLong.status == 1 && tooLong.out.contains(answer) && tooLong.out.contains("1450"))
            #expect(try ping(size + 1).err.contains("message too long"), "the sender has learned it")
        }

        // A port drops single frames beyond its own MTU and 18 bytes before any program sees them: without offload,
        // only what is between the two can be answered.
        @Test(arguments: ["10.0.0.2", "fd00::2"], [(mtu: 1500, offload: "on"), (mtu: 1454, offload: "off")])
        func `TCP shrinks its segments and goes on`(address: String, tenant: (mtu: Int, offload: String)) throws {
            try setTenants(mtu: tenant.mtu)
            try run("ethtool -K eth0 tx \(tenant.offload)", on: .nyA)
            defer {
                _ = try? run("ethtool -K eth0 tx on", on: .nyA)
                _ = try? setTenants(mtu: 1450)
            }
            let content = noise(megabytes: 4)
            #expect(try transfer(content, from: .nyA, to: .ldnA, at: address) == content.count)
            #expect(try run(["ip", "route", "get", address], on: .nyA).contains("mtu 1450"))
        }
    }
}
