# %% [markdown]
# ## 7 · What a real assistant needs
#
# You have seen every step once, in small. What lies between this and an assistant that people rely on?
#
# - **Data.** InstructGPT had 40 people write and compare answers to questions of its users ([Ouyang et al.,
#   2022](https://arxiv.org/abs/2203.02155)). Whom you ask decides what is learned. Where a program can check an answer,
#   a proof or a unit test, the reward needs no model.
# - **Instructions.** A constitution of some pages lets a model criticize and mend its answers, and compare them in
#   place of people ([Bai et al., 2022](https://arxiv.org/abs/2212.08073)).
# - **Honesty.** People like to be agreed with, and reward models learn that ([Sharma et al.,
#   2023](https://arxiv.org/abs/2310.13548)): the reward hacking of section 5, with us as the reward.
# - **Size.** PPO holds four models at once: policy, reference, reward, and a value network. How much is that for
#   seven billion parameters?

# %% experiment="four_models"
# Experiment · Four models of seven billion parameters each
billions, weights, adam = 7, 2, 2 + 4 + 4 + 4  # bytes: weights; gradient, float32 copy, Adam's two
trained, frozen = billions * (weights + adam), billions * weights
for name, count in (("PPO", (2, 2)), ("GRPO, without a value network", (1, 2))):
    print(f"{name}: {count[0] * trained + count[1] * frozen} GB")
adapter = (
    frozen + trained * 0.01
)  # 1% of the numbers learn; the reference is the model without them
print(f"GRPO with adapters, which make the reference free: {adapter + frozen:.0f} GB")

# %% [markdown]
# - **Safety.** What should not be answered, and what must not be refused? A few odd signs after a question can undo the
#   training ([Zou et al., 2023](https://arxiv.org/abs/2307.15043)). And a text that the assistant reads may hold
#   instructions: your template keeps its tokens apart, and makes no model disobey them.
# - **Evaluation.** Models that judge like long answers, and their own ([Zheng et al.,
#   2023](https://arxiv.org/abs/2306.05685)).
# - **Reasoning.** The loop of section 4, with rewards that a program checks, taught models to think before they answer
#   ([DeepSeek-AI, 2025](https://arxiv.org/abs/2501.12948)).
