import Foundation

extension Node {
    struct Status { var drops: [String: Int] }
    func status() throws -> Status {
        let labels = ["no_generation","no_port","malformed","source_mac","static_mac","too_big","flood_limit","no_destination","split_horizon","not_peer","wrong_vni","bad_vxlan","tunnel"]
        let text = try run("bpftool -j map dump pinned /sys/fs/bpf/shaper/v1/\(name)/maps/drops")
        let list = try JSONSerialization.jsonObject(with: Data(text.utf8)) as! [[String: Any]]
        var drops: [String: Int] = [:]
        for e in list { let f = e["formatted"] as! [String: Any]; let vs = f["values"] as! [[String: Any]]
            drops[labels[f["key"] as! Int]] = vs.reduce(0) { $0 + ($1["value"] as! Int) } }
        return Status(drops: drops)
    }
}
