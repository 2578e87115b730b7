import CBPF
import Glibc

/// A map of the contract: its name, and what its keys and values are. Checked when it is opened.
package struct MapSchema: Sendable {
    package var name: String
    package var keySize: Int
    package var valueSize: Int

    package init<Key, Value>(_ name: String, _ key: Key.Type, _ value: Value.Type) {
        self.init(name, keySize: MemoryLayout<Key>.stride, valueSize: MemoryLayout<Value>.stride)
    }

    package init(_ name: String, keySize: Int, valueSize: Int) {
        self.name = name
        self.keySize = keySize
        self.valueSize = valueSize
    }
}

/// An open map. Keys and values are plain C structs of the contract, or raw bytes.
package final class BPFMap: Sendable {
    package let name: String
    package let keySize: Int
    package let valueSize: Int
    package let capacity: Int
    private let descriptor: FileDescriptor

    var raw: Int32 { descriptor.raw }

    /// - Throws: where the map's layout is not the schema's.
    init(_ descriptor: consuming FileDescriptor, schema: MapSchema, pinnedAt path: String) throws(KernelError) {
        var info = bpf_map_info()
        var length = UInt32(MemoryLayout<bpf_map_info>.size)
        let code = bpf_obj_get_info_by_fd(descriptor.raw, &info, &length)
        guard code == 0 else {
            throw KernelError(operation: "inspect", subject: "map \(schema.name)", errno: failure(code))
        }
        guard Int(info.key_size) == schema.keySize, Int(info.value_size) == schema.valueSize else {
            throw KernelError(
                operation: "use", subject: "map \(path)", errno: EPROTO,
                detail: "it has keys of \(info.key_size) and values of \(info.value_size) bytes where this version has "
                    + "\(schema.keySize) and \(schema.valueSize): another version pinned it. Run that version's "
                    + "`shaperctl unload`, or this one's, then apply the policy again")
        }
        name = schema.name
        keySize = schema.keySize
        valueSize = schema.valueSize
        capacity = Int(info.max_entries)
        self.descriptor = descriptor
    }

    /// Opens the map pinned in a folder.
    convenience init(pinned schema: MapSchema, in folder: String) throws(KernelError) {
        let path = "\(folder)/\(schema.name)"
        let code = bpf_obj_get(path)
        guard code >= 0 else { throw KernelError(operation: "open", subject: "map \(path)", errno: failure(code)) }
        try self.init(FileDescriptor(code), schema: schema, pinnedAt: path)
    }

    /// nil: no such entry.
    package func value<Key: BitwiseCopyable, Value: BitwiseCopyable>(
        _ key: Key, initially: Value
    ) throws(KernelError) -> Value? {
        var value = initially
        let code = withUnsafePointer(to: key) { key in
            withUnsafeMutablePointer(to: &value) { bpf_map_lookup_elem(raw, key, $0) }
        }
        if code == 0 { return value }
        if failure(code) == ENOENT { return nil }
        throw error("read", code)
    }

    /// Every CPU's value of an entry of a per-CPU array.
    func perCPU<Value: BitwiseCopyable>(_ key: UInt32, cpus: Int, initially: Value) throws(KernelError) -> [Value] {
        var values = [Value](repeating: initially, count: cpus)
        let code = withUnsafePointer(to: key) { key in
            values.withUnsafeMutableBytes { bpf_map_lookup_elem(raw, key, $0.baseAddress) }
        }
        guard code == 0 else { throw error("read", code) }
        return values
    }

    package func set<Key: BitwiseCopyable, Value: BitwiseCopyable>(_ key: Key, _ value: Value) throws(KernelError) {
        let code = withUnsafePointer(to: key) { key in
            withUnsafePointer(to: value) { bpf_map_update_elem(raw, key, $0, UInt64(BPF_ANY)) }
        }
        guard code == 0 else { throw error("write", code) }
    }

    func set<Key: BitwiseCopyable>(_ key: Key, bytes: [UInt8]) throws(KernelError) {
        let code = withUnsafePointer(to: key) { key in
            bytes.withUnsafeBytes { bpf_map_update_elem(raw, key, $0.baseAddress, UInt64(BPF_ANY)) }
        }
        guard code == 0 else { throw error("write", code) }
    }

    /// Sets the entry to zero on every CPU.
    func clearPerCPU(_ key: UInt32, cpus: Int) throws(KernelError) {
        try set(key, bytes: [UInt8](repeating: 0, count: valueSize * cpus))
    }

    /// Writes `count` consecutive entries of an array from `first` on.
    func setRange(first: Int, count: Int, bytes: UnsafeRawBufferPointer) throws(KernelError) {
        precondition(bytes.count == count * valueSize)
        try set((0..<UInt32(count)).map { UInt32(first) + $0 }, values: bytes.baseAddress)
    }

    /// Writes many entries of an array at once.
    ///
    /// - Parameter values: as many as there are keys.
    func set(_ keys: [UInt32], values: UnsafeRawPointer?) throws(KernelError) {
        var length = UInt32(keys.count)
        let code = bpf_map_update_batch(raw, keys, values, &length, nil)
        guard code == 0 else { throw error("write", code) }
    }

    /// All entries, keys and values one after the other.
    func all() throws(KernelError) -> (keys: [UInt8], values: [UInt8]) {
        try read(from: nil, count: capacity)
    }

    /// Up to `count` entries of an array from `first` on.
    func range(first: Int, count: Int) throws(KernelError) -> [UInt8] {
        try read(from: first == 0 ? nil : UInt32(first - 1), count: count).values
    }

    private func read(from previous: UInt32?, count: Int) throws(KernelError) -> (keys: [UInt8], values: [UInt8]) {
        var keys = [UInt8](repeating: 0, count: count * keySize)
        var values = [UInt8](repeating: 0, count: count * valueSize)
        var done = 0
        var cursor = [UInt8](repeating: 0, count: max(keySize, 8))
        var isFirst = previous == nil
        if let previous { withUnsafeBytes(of: previous) { cursor.replaceSubrange(0..<4, with: $0) } }
        while done < count {
            var length = UInt32(count - done)
            let start = isFirst
            let code = keys.withUnsafeMutableBytes { keys in
                values.withUnsafeMutableBytes { values in
                    cursor.withUnsafeMutableBytes { cursor in
                        bpf_map_lookup_batch(
                            raw, start ? nil : cursor.baseAddress, cursor.baseAddress,
                            keys.baseAddress! + done * keySize, values.baseAddress! + done * valueSize, &length, nil)
                    }
                }
            }
            let reason = code == 0 ? 0 : failure(code)
            // ENOENT: that was the last of them.
            guard reason == 0 || reason == ENOENT else { throw error("read", code) }
            done += Int(length)
            isFirst = false
            if reason == ENOENT || length == 0 { break }
        }
        keys.removeLast((count - done) * keySize)
        values.removeLast((count - done) * valueSize)
        return (keys, values)
    }

    /// False: there was no such entry.
    @discardableResult
    func remove(keyBytes: some Sequence<UInt8>) throws(KernelError) -> Bool {
        let code = Array(keyBytes).withUnsafeBytes { bpf_map_delete_elem(raw, $0.baseAddress) }
        if code == 0 { return true }
        if failure(code) == ENOENT { return false }
        throw error("remove from", code)
    }

    func set(keyBytes: [UInt8], valueBytes: [UInt8]) throws(KernelError) {
        let code = keyBytes.withUnsafeBytes { key in
            valueBytes.withUnsafeBytes {
                bpf_map_update_elem(raw, key.baseAddress, $0.baseAddress, UInt64(BPF_ANY))
            }
        }
        guard code == 0 else { throw error("write", code) }
    }

    private func error(_ operation: String, _ code: Int32) -> KernelError {
        let reason = failure(code)
        let full = reason == E2BIG || reason == ENOSPC
        return KernelError(
            operation: operation, subject: "map \(name)", errno: reason,
            detail: full ? "it holds \(capacity) entries" : nil)
    }
}
