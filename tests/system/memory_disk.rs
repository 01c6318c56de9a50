//! A disk that can be full or read-only without harm to the machine.

use std::fs::File;
use std::io::Write;
use std::path::Path;
use std::process::Command;

use tempfile::TempDir;

use crate::harness::run;

/// A small file system in memory, so that it can be full or read-only without harm. Gone with this.
pub struct MemoryDisk {
    folder: TempDir,
}

impl MemoryDisk {
    /// One of so many KiB. It takes a mount, which root alone may do.
    pub fn new(kib: u64) -> Self {
        let folder = tempfile::Builder::new().prefix("dfqdisk").tempdir().unwrap();
        let size = format!("size={kib}k,mode=0700");
        run("mount", &["-t", "tmpfs", "-o", &size, "dfqueue-test", &folder.path().display().to_string()]);
        Self { folder }
    }

    pub fn path(&self) -> &Path {
        self.folder.path()
    }

    /// Makes it of another size, or read-only.
    pub fn remount(&self, options: &str) {
        run("mount", &["-o", &format!("remount,{options}"), &self.path().display().to_string()]);
    }

    /// Fills it but for so many KiB; `name` holds what fills it.
    pub fn fill(&self, name: &str, free_kib: usize) {
        let page = [0; 4_096];
        let mut ballast = File::create(self.path().join(name)).unwrap();
        let mut written = 0_usize;
        while ballast.write_all(&page).is_ok() {
            written += page.len();
        }
        ballast.set_len(written.saturating_sub(free_kib * 1_024) as u64).unwrap();
    }
}

impl Drop for MemoryDisk {
    fn drop(&mut self) {
        let path = self.folder.path().display().to_string();
        // Lazily: a process that is being ended may still be in it.
        let _ = Command::new("umount").args(["--lazy", &path]).status();
    }
}
