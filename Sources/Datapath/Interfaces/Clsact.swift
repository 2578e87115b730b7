import CBPF

/// The qdisc that carries filters before Linux 6.6 has links for them. It may hold other people's filters.
extension Netlink {
    /// Removes the interface's clsact qdisc if no filter is left in it.
    func removeEmptyClsact(interface index: UInt32) throws(KernelError) {
        let subject = "clsact qdisc of interface \(index)"
        for direction in [UInt32(TC_H_MIN_INGRESS), UInt32(TC_H_MIN_EGRESS)] {
            var place = HTB.header(interface: index)
            place.tcm_parent = UInt32(TC_H_CLSACT) & 0xFFFF_0000 | direction
            let request = NetlinkMessage(RTM_GETTFILTER, flags: NLM_F_DUMP, family: place)
            guard try query(request, "list", "filters of interface \(index)").isEmpty else { return }
        }
        var place = HTB.header(interface: index)
        place.tcm_parent = UInt32(TC_H_CLSACT)
        place.tcm_handle = UInt32(TC_H_CLSACT) & 0xFFFF_0000
        try perform([NetlinkMessage(RTM_DELQDISC, family: place)]) { _ in
            Purpose(operation: "remove", subject: subject)
        }
    }
}
