/// What a VXLAN packet on the wire carries.
struct Tunnelled: Equatable {
    var vni: UInt32
    var inner: [UInt8]
    var tos: UInt8
    var isDF: Bool
}

extension [UInt8] {
    /// A frame with an 802.1Q tag.
    func tagged(_ vlan: UInt16) -> [UInt8] { prefix(12) + [0x81, 0] + vlan.wire + dropFirst(12) }

    /// nil: no VXLAN over IPv4.
    var tunnelled: Tunnelled? {
        guard count >= 50, self[12...13] == [8, 0], self[23] == 17, self[36...37] == UInt16(4789).wire[...] else {
            return nil
        }
        let vni = self[46..<49].reduce(UInt32(0)) { $0 << 8 | UInt32($1) }
        return Tunnelled(vni: vni, inner: Array(self[50...]), tos: self[15], isDF: self[20] & 0x40 != 0)
    }
}
