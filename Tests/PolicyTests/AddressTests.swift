import Testing

@testable import Policy

@Suite struct AddressTests {
    @Test(arguments: [
        ("192.0.2.1", "192.0.2.1"), ("0.0.0.0", "0.0.0.0"), ("255.255.255.255", "255.255.255.255"), ("::", "::"),
        ("::1", "::1"), ("2001:DB8::1", "2001:db8::1"), ("2001:db8:0:0:1:0:0:1", "2001:db8::1:0:0:1"),
        ("1:0:2:3:4:5:6:7", "1:0:2:3:4:5:6:7"), ("fe80::", "fe80::"), ("::ffff:192.0.2.1", "192.0.2.1"),
        ("64:ff9b::192.0.2.1", "64:ff9b::c000:201"), ("1:2:3:4:5:6:7::", "1:2:3:4:5:6:7:0"),
    ])
    func `an address prints in its shortest form`(text: String, printed: String) throws {
        let address = try IPAddress(parsing: text)
        #expect(address.description == printed)
        #expect(try IPAddress(parsing: printed) == address)
    }

    @Test(arguments: [
        "", "1.2.3", "1.2.3.4.5", "1.2.3.256", "01.2.3.4", "1.2.3.-4", "1..2.3", "1.2.3.4 ", "0x1.2.3.4", "1.2.3.٤",
        ":", ":::", "1::2::3", "1:2:3:4:5:6:7", "1:2:3:4:5:6:7:8:9", "1:2:3:4:5:6:7::8", "12345::", "g::", "::1.2.3",
        "1.2.3.4::", "fe80::1%u0", "::+1", "10.0.0.0/24", String(repeating: "1:", count: 50_000),
    ])
    func `anything else is no address`(text: String) {
        #expect(throws: ValueError.self) { try IPAddress(parsing: text) }
    }

    @Test func `every address comes back from its text`() throws {
        var random = SeededGenerator(seed: 2)
        for _ in 0..<2000 {
            // Masks make runs of zeros, which the short form is about.
            let address = IPAddress(high: random.next() & random.mask(), low: random.next() & random.mask())
            #expect(try IPAddress(parsing: address.description) == address)
        }
    }

    @Test(arguments: [
        ("10.0.0.0/24", 120, "10.0.0.0/24"), ("0.0.0.0/0", 96, "0.0.0.0/0"), ("10.0.0.7", 128, "10.0.0.7/32"),
        ("::/0", 0, "::/0"), ("2001:db8::/32", 32, "2001:db8::/32"), ("::ffff:10.0.0.0/120", 120, "10.0.0.0/24"),
        ("2001:db8::1", 128, "2001:db8::1/128"),
    ])
    func `a prefix counts its length in IPv6 form and prints it in its own`(
        text: String, length: UInt8, printed: String
    ) throws {
        let prefix = try Prefix(parsing: text)
        #expect(prefix.length == length)
        #expect(prefix.description == printed)
        #expect(try Prefix(parsing: printed) == prefix)
    }

    @Test(arguments: [
        "10.0.0.0/33", "::/129", "10.0.0.0/", "10.0.0.0/-1", "10.0.0.0/024/1", "/24", "10.0.0.0/+8", "::ffff:0:0/90",
        "x/8",
    ])
    func `anything else is no prefix`(text: String) {
        #expect(throws: ValueError.self) { try Prefix(parsing: text) }
    }

    @Test func `host bits are an error that names the right prefix`() {
        #expect(
            throws: ValueError(
                "\"10.1.2.3/8\" has bits set after its length",
                remedy: "write 10.0.0.0/8, or 10.1.2.3/32 for the one address")
        ) { try Prefix(parsing: "10.1.2.3/8") }
        #expect(
            throws: ValueError(
                "\"2001:db8::1/64\" has bits set after its length",
                remedy: "write 2001:db8::/64, or 2001:db8::1/128 for the one address")
        ) { try Prefix(parsing: "2001:db8::1/64") }
    }

    @Test func `a prefix contains what begins like it`() throws {
        let wide = try Prefix(parsing: "10.0.0.0/8")
        #expect(try wide.contains(IPAddress(parsing: "10.255.0.1")))
        #expect(try !wide.contains(IPAddress(parsing: "11.0.0.0")))
        #expect(try wide.contains(Prefix(parsing: "10.2.0.0/16")))
        #expect(try !Prefix(parsing: "10.2.0.0/16").contains(wide))
        #expect(try Prefix(parsing: "2001:db8::/32").contains(IPAddress(parsing: "2001:db8:ffff::1")))
        #expect(try !Prefix(parsing: "2001:db8::/65").contains(IPAddress(parsing: "2001:db8::8000:0:0:0")))
    }

    @Test func `an Ethernet address is six bytes in hexadecimal`() throws {
        let address = try MACAddress(parsing: "02-0A:00:00:00:07")
        #expect(address.value == 0x020A_0000_0007)
        #expect(address.description == "02:0a:00:00:00:07")
        #expect(try MACAddress(parsing: "01:00:5e:00:00:01").isMulticast)
        for text in ["", "02:00:00:00:00", "02:00:00:00:00:07:08", "2:0:0:0:0:7", "02:00:00:00:00:0g", "020000000007"] {
            #expect(throws: ValueError.self) { try MACAddress(parsing: text) }
        }
    }
}
