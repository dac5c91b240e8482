//! x
use std::io;
#[path = "../tests/evaluation/mod.rs"]
mod evaluation;
use evaluation::{Set, rival::Rival};
fn main() -> io::Result<()> {
    let set = Set::development()?;
    let g = set.groups(Rival::Ours); let mut l = String::new();
    for n in ["ru atlas", "kk atlas", "ru home", "kk home", "ru pooled", "kk pooled"] {
        let (a, b) = (g[&(n.to_owned(), false)], g[&(n.to_owned(), true)]);
        l += &format!("{} ({:.3} {:.3})  ", n.replace(' ', ""), a.ndcg, b.ndcg); } 
    println!("{l}");
    Ok(())
}
