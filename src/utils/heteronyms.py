"""Chinese characters that are commonly read in a second way."""

from __future__ import annotations

# Each is the second reading in at least one of sixteen phrases of pypinyin's dictionary that have the character.
_SECOND = """
行hang 长chang 重chong 血xie 乐yue 恶wu 度duo 调tiao 角jue 和huo 传zhuan 朝zhao 折she 露lou 着zhuo 没mo 差chai 弹tan
藏zang 称chen 薄bo 还huan 了liao 系ji 便pian 参shen 塞se 绿lu 阿e 率shuai 校jiao 降xiang 劲jing 脉mo 佛fo 省xing 的di
宿xiu 被pi 似si 属zhu 给ji 觉jiao 都du 著zhuo 臭xiu 模mu 圈juan 盛cheng 削xiao 朴piao 屏bing 爪zhua 畜xu 纤qian 卡qia
否pi 剥bao 攒cuan 贾gu 椎chui 咽ye 嚼jiao 卜bo 扎za 陆liu 什shi 辟pi 泊po 柏bo 蔓wan 勒lei 壳qiao 颤zhan 叨tao 曾zeng
刨bao 扒pa 吁yu 沓ta 伺ci 拓ta 吭hang 裳chang 琢zhuo 呱gua 刹cha 堡bu 仔zi 鹄gu 呢ni 钥yue 蛤ge 粘nian 肋lei 拗niu
俩liang 栅shan 缪mou 匙chi 耙ba 谁shei 扛gang 啜chuo 磅pang 娜nuo 铛cheng 潦liao 轧zha 擘bai 龈yin 靓liang 莞wan 蹊xi
"""
SECOND_READINGS = {entry[0]: entry[1:] for entry in _SECOND.split()}
