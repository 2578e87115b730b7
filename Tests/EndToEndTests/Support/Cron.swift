import Foundation

/// The machine's own cron daemon with the file we ship, in a mount namespace where it sees nobody else's jobs; it does
/// not outlive this value.
final class Cron {
    private let folder = FileManager.default.temporaryDirectory.appending(path: "shaper-cron-\(UUID().uuidString)")
    private let job: Job
    private var logFile: URL { folder.appending(path: "log") }

    /// What the jobs printed so far, complaints included.
    var log: String { (try? String(contentsOf: logFile, encoding: .utf8)) ?? "" }
    var isRunning: Bool { job.isRunning }
    var errorText: String { job.errorText }

    /// `shaperctl reload` on a node, every minute.
    init(reloading node: Node) throws {
        let shipped = URL(filePath: #filePath).appending(path: "../../../../Packaging/shaper-reload.cron")
        let file = try PolicyText(text: String(contentsOf: shipped.standardizedFileURL, encoding: .utf8))
            .replacing("@PREFIX@/bin/shaperctl", with: Lab.shaperctl)
            .replacing("*/10 * * * * root", with: "SHAPER_NODE=\(node.name)\nMAILTO=\"\"\n* * * * * root")
            .replacing("--jitter 30s", with: "--jitter 1s")
            .replacing(">/dev/null", with: ">>\(folder.appending(path: "log").path) 2>&1")
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        try Data(file.text.utf8).write(to: folder.appending(path: "shaper-reload"))
        // /run is for crond.pid, which another cron may hold; the nodes' records and namespaces stay where they are.
        let script = """
            set -e
            chown -R root:root \(folder.path)
            chmod 755 \(folder.path)
            chmod 644 \(folder.path)/shaper-reload
            mkdir \(folder.path)/run \(folder.path)/cron.d
            cp \(folder.path)/shaper-reload \(folder.path)/cron.d/
            mount --rbind /run \(folder.path)/run
            mount -t tmpfs tmpfs /run
            mkdir /run/shaper
            mount --rbind \(folder.path)/run/shaper /run/shaper
            mount --bind \(folder.path)/cron.d /etc/cron.d
            mount --bind /dev/null /etc/crontab
            mount -t tmpfs tmpfs /var/spool/cron
            mkdir -m 1730 /var/spool/cron/crontabs
            exec cron -f
            """
        job = try Job(
            ["unshare", "--mount", "--propagation", "private", "bash", "-c", script], on: node.host)
    }

    deinit {
        job.signal(SIGTERM)
        _ = try? job.finish(within: 5)
        try? FileManager.default.removeItem(at: folder)
    }
}
