import ArgumentParser
import CBPF
import FoundationEssentials
import Glibc

struct Maps: ParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Add up the kernel memory of pinned maps, and of the maps in them.")

    @Argument(help: "The folder of the pins.")
    var folder: String

    func run() throws {
        var bytes: UInt64 = 0
        for name in try FileManager.default.contentsOfDirectory(atPath: folder) {
            let map = try succeed("open \(name)", bpf_obj_get("\(folder)/\(name)"))
            defer { close(map) }
            bytes += try memory(of: map)
            var (info, length) = (bpf_map_info(), UInt32(MemoryLayout<bpf_map_info>.size))
            try succeed("inspect \(name)", bpf_obj_get_info_by_fd(map, &info, &length))
            guard [BPF_MAP_TYPE_ARRAY_OF_MAPS, BPF_MAP_TYPE_HASH_OF_MAPS].contains(bpf_map_type(info.type)) else {
                continue
            }
            bytes += try innerMemory(of: map, entries: info.max_entries)
        }
        print(bytes)
    }

    /// Keys are numbers from 0 on, as in the shaper's.
    private func innerMemory(of map: Int32, entries: UInt32) throws -> UInt64 {
        var bytes: UInt64 = 0
        for number in 0..<entries {
            var (key, id) = (number, UInt32(0))
            guard bpf_map_lookup_elem(map, &key, &id) == 0 else { continue }
            let inner = try succeed("open map \(id)", bpf_map_get_fd_by_id(id))
            defer { close(inner) }
            bytes += try memory(of: inner)
        }
        return bytes
    }

    private func memory(of map: Int32) throws -> UInt64 {
        let text = try String(contentsOfFile: "/proc/self/fdinfo/\(map)", encoding: .utf8)
        let line = text.split(separator: "\n").first { $0.hasPrefix("memlock:") }
        return line.flatMap { UInt64($0.dropFirst(8).drop { $0 == "\t" || $0 == " " }) } ?? 0
    }
}
